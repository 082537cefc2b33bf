{{/* The daemon's configuration, as a map: what the values make, and `config` over it. Credentials are references. */}}
{{- define "vexil.config" -}}
{{- $values := .Values -}}
{{- $storage := dict -}}
{{- with $values.remote -}}
{{- if .url -}}
{{- $_ := set $storage "remote" .url -}}
{{- $_ := set $storage "branch" .branch -}}
{{- $_ := set $storage "poll_interval" .pollInterval -}}
{{- $_ := set $storage "fetch_policy" "lenient" -}}
{{- if .token.secret }}{{ $_ := set $storage "credentials" "remote" }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if eq $values.state.type "postgres" -}}
{{- $file := printf "/run/secrets/postgres/%s" $values.state.postgres.url.key -}}
{{- $_ := set $storage "backend" (dict "type" "postgres" "url_file" $file "schema" $values.state.postgres.schema) -}}
{{- else if eq $values.state.type "volume" -}}
{{- $_ := set $storage "backend" (dict "type" "local" "path" "/var/lib/vexil/flags") -}}
{{- else -}}
{{- $_ := set $storage "backend" (dict "type" "memory") -}}
{{- end -}}
{{- $admin := dict "host" "0.0.0.0" "http_port" (int $values.admin.port) -}}
{{- $config := dict
  "version" "2.0"
  "storage" (dict "default" $storage)
  "server" (dict "host" "0.0.0.0" "http_port" 8080 "admin" $admin)
-}}
{{- if and $values.remote.url $values.remote.token.secret -}}
{{- $file := printf "/run/secrets/remote/%s" $values.remote.token.key -}}
{{- $credential := dict "type" "access_token" "access_token_file" $file -}}
{{- $_ := set $config "credentials" (dict "remote" $credential) -}}
{{- end -}}
{{- $authentication := dict -}}
{{- with $values.authentication.tokens -}}
{{- if .secret -}}
{{- $tokens := dict -}}
{{- range .keys }}{{ $_ := set $tokens . (dict "credential" (printf "${secret:file:%s}" .)) }}{{ end -}}
{{- $method := dict "enabled" true "storage" (dict "tokens" $tokens) -}}
{{- $_ := set $authentication "required" true -}}
{{- $_ := set $authentication "methods" (dict "token" $method) -}}
{{- $_ := set $config "secrets" (dict "providers" (dict "file" (dict "enabled" true "base_path" "/run/secrets/tokens"))) -}}
{{- end -}}
{{- end -}}
{{- if $values.authentication.sessionKey.secret -}}
{{- $_ := set $authentication "session" (dict "csrf" (dict "key" "${env:SESSION_KEY}")) -}}
{{- end -}}
{{- if $authentication }}{{ $_ := set $config "authentication" $authentication }}{{ end -}}
{{- mergeOverwrite $config (deepCopy $values.config) | toYaml -}}
{{- end -}}
