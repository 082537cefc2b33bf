{{- define "vexil.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "vexil.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vexil.labels" -}}
{{ include "vexil.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "vexil.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "vexil.name" .) -}}
{{- end -}}

{{/* What cannot be: said before anything is made. */}}
{{- define "vexil.check" -}}
{{- $state := .Values.state -}}
{{- if and (eq $state.type "postgres") (not $state.postgres.url.secret) -}}
{{- fail "state.type postgres wants state.postgres.url.secret: the Secret that holds the database's URL" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (ne $state.type "postgres") (not .Values.remote.url) (not .Values.config.storage) -}}
{{- fail "several replicas want remote.url or state.type postgres: else each has flags of its own" -}}
{{- end -}}
{{- if and .Values.authentication.tokens.secret (not .Values.authentication.tokens.keys) -}}
{{- fail "authentication.tokens.keys is empty: name the keys of the Secret that are tokens" -}}
{{- end -}}
{{- end -}}
