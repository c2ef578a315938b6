{{/*
What LATCHKEY_CONFIG_FILE holds: a flat map of settings. Numbers become texts here, since YAML would write a large one
as 1e+06. Secrets stand in it as paths only.
*/}}
{{- define "latchkey.config" -}}
{{- include "latchkey.refuseContradictions" . -}}
{{- $config := dict "LATCHKEY_PORT" "8080" "LATCHKEY_METRICS_PORT" "9464" -}}
{{- range $name, $value := .Values.settings -}}
{{- if not (kindIs "invalid" $value) -}}
{{- $_ := set $config $name (kindIs "float64" $value | ternary (printf "%d" (int64 $value)) (toString $value)) -}}
{{- end -}}
{{- end -}}
{{- with .Values.elasticsearch -}}
{{- $_ := set $config "ELASTICSEARCH_URL" .url -}}
{{- if .allowInsecure -}}
{{- $_ := set $config "LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH" "true" -}}
{{- end -}}
{{- if or .ca.configMap .ca.secret -}}
{{- $_ := set $config "ELASTICSEARCH_CA_FILE" (printf "/etc/latchkey/elasticsearch-ca/%s" .ca.key) -}}
{{- end -}}
{{- if .serviceIdentity.secret -}}
{{- if eq .serviceIdentity.type "token" -}}
{{- $_ := set $config "ELASTICSEARCH_SERVICE_TOKEN_FILE" (printf "/etc/latchkey/service-identity/%s" .serviceIdentity.tokenKey) -}}
{{- else -}}
{{- $_ := set $config "ELASTICSEARCH_SERVICE_USERNAME_FILE" (printf "/etc/latchkey/service-identity/%s" .serviceIdentity.usernameKey) -}}
{{- $_ := set $config "ELASTICSEARCH_SERVICE_PASSWORD_FILE" (printf "/etc/latchkey/service-identity/%s" .serviceIdentity.passwordKey) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "latchkey.hasManagedKeys" . -}}
{{- $_ := set $config "LATCHKEY_MANAGED_KEYS_FILE" "/etc/latchkey/managed-keys/managed-keys.yaml" -}}
{{- end -}}
{{- if include "latchkey.hasProfiles" . -}}
{{- $_ := set $config "LATCHKEY_PROFILES_FILE" (printf "/etc/latchkey/profiles/%s" .Values.profiles.key) -}}
{{- end -}}
{{- if include "latchkey.hasIssuers" . -}}
{{- $_ := set $config "LATCHKEY_WORKLOAD_ISSUERS_FILE" (printf "/etc/latchkey/workload-issuers/%s" .Values.workloadIssuers.key) -}}
{{- end -}}
{{- if .Values.tls.enabled -}}
{{- $_ := set $config "LATCHKEY_TLS_ENABLED" "true" -}}
{{- end -}}
{{- if include "latchkey.hasTls" . -}}
{{- $_ := set $config "LATCHKEY_TLS_CERT_FILE" (printf "/etc/latchkey/tls/%s" .Values.tls.certKey) -}}
{{- $_ := set $config "LATCHKEY_TLS_KEY_FILE" (printf "/etc/latchkey/tls/%s" .Values.tls.keyKey) -}}
{{- end -}}
{{- with .Values.mesh -}}
{{- if .enabled -}}
{{- $_ := set $config "LATCHKEY_MESH_PORT" "8443" -}}
{{- $_ := set $config "LATCHKEY_MESH_CLIENT_CA_FILE" (printf "/etc/latchkey/mesh-client-ca/%s" .clientCa.key) -}}
{{- with .trustDomains -}}
{{- $_ := set $config "LATCHKEY_MESH_TRUST_DOMAINS" (join "," .) -}}
{{- end -}}
{{- with .xfccTrusted -}}
{{- $_ := set $config "LATCHKEY_MESH_XFCC_TRUSTED" (join "," .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Content of the file of LATCHKEY_MANAGED_KEYS_FILE. */}}
{{- define "latchkey.managedKeys" -}}
{{- $file := dict "managers" .Values.managedKeys.managers -}}
{{- with .Values.managedKeys.templates -}}
{{- $_ := set $file "templates" . -}}
{{- end -}}
{{- toYaml $file -}}
{{- end -}}
