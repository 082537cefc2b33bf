{{/* The template of the pods, of a Deployment or a StatefulSet. */}}
{{- define "vexil.pod" -}}
{{- $values := .Values -}}
metadata:
  labels:
    {{- include "vexil.selector" . | nindent 4 }}
    {{- with $values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    # Another configuration makes other pods, one after the other.
    checksum/config: {{ include "vexil.config" . | sha256sum }}
    {{- with $values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "vexil.serviceAccountName" . }}
  automountServiceAccountToken: false
  # Variables that begin with VEXIL_ are configuration, and a Service "vexil" would make some.
  enableServiceLinks: false
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  containers:
    - name: vexil
      image: "{{ $values.image.repository }}:{{ $values.image.tag | default .Chart.AppVersion }}"
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: [serve, --config, /etc/vexil/vexil.yaml]
      {{- $sessionKey := $values.authentication.sessionKey }}
      {{- if or $sessionKey.secret $values.extraEnv }}
      env:
        {{- if $sessionKey.secret }}
        - name: SESSION_KEY
          valueFrom: { secretKeyRef: { name: {{ $sessionKey.secret }}, key: {{ $sessionKey.key }} } }
        {{- end }}
        {{- with $values.extraEnv }}{{ toYaml . | nindent 8 }}{{ end }}
      {{- end }}
      {{- with $values.extraEnvFrom }}
      envFrom: {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - { name: http, containerPort: 8080 }
        - { name: admin, containerPort: {{ $values.admin.port }} }
      # Ten minutes for a first load; then a process that says nothing for half a minute is started again.
      startupProbe:
        httpGet: { path: /health/live, port: admin }
        periodSeconds: 5
        failureThreshold: 120
      livenessProbe:
        httpGet: { path: /health/live, port: admin }
        periodSeconds: 10
        timeoutSeconds: 5
      readinessProbe:
        httpGet: { path: /health/ready, port: admin }
        periodSeconds: 5
        timeoutSeconds: 5
      lifecycle:
        preStop: { exec: { command: [sleep, "{{ $values.preStopSeconds }}"] } }
      resources: {{- toYaml $values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: config, mountPath: /etc/vexil, readOnly: true }
        - { name: state, mountPath: /var/lib/vexil }
        {{- if and $values.remote.url $values.remote.token.secret }}
        - { name: remote, mountPath: /run/secrets/remote, readOnly: true }
        {{- end }}
        {{- if eq $values.state.type "postgres" }}
        - { name: postgres, mountPath: /run/secrets/postgres, readOnly: true }
        {{- end }}
        {{- if $values.authentication.tokens.secret }}
        - { name: tokens, mountPath: /run/secrets/tokens, readOnly: true }
        {{- end }}
        {{- with $values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{ end }}
  volumes:
    - { name: config, configMap: { name: {{ include "vexil.name" . }} } }
    {{- if ne $values.state.type "volume" }}
    - { name: state, emptyDir: {} }
    {{- end }}
    {{- if and $values.remote.url $values.remote.token.secret }}
    - { name: remote, secret: { secretName: {{ $values.remote.token.secret }}, defaultMode: 288 } }
    {{- end }}
    {{- if eq $values.state.type "postgres" }}
    - { name: postgres, secret: { secretName: {{ $values.state.postgres.url.secret }}, defaultMode: 288 } }
    {{- end }}
    {{- if $values.authentication.tokens.secret }}
    - { name: tokens, secret: { secretName: {{ $values.authentication.tokens.secret }}, defaultMode: 288 } }
    {{- end }}
    {{- with $values.extraVolumes }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- if $values.topologySpreadConstraints }}
  topologySpreadConstraints: {{- toYaml $values.topologySpreadConstraints | nindent 4 }}
  {{- else }}
  topologySpreadConstraints:
    {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "vexil.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
