{{/* Secrets are readable by the group of the process and by nobody else. 288 is 0440, 292 is 0444. */}}
{{- define "latchkey.volumes" -}}
{{- $full := include "latchkey.fullname" . -}}
- name: config
  configMap:
    name: {{ $full }}
    defaultMode: 292
{{- with .Values.elasticsearch.ca }}
{{- if .configMap }}
- name: elasticsearch-ca
  configMap:
    name: {{ .configMap }}
    defaultMode: 292
    items:
      - key: {{ .key }}
        path: {{ .key }}
{{- else if .secret }}
- name: elasticsearch-ca
  secret:
    secretName: {{ .secret }}
    defaultMode: 288
    items:
      - key: {{ .key }}
        path: {{ .key }}
{{- end }}
{{- end }}
{{- with .Values.elasticsearch.serviceIdentity }}
{{- if .secret }}
- name: service-identity
  secret:
    secretName: {{ .secret }}
    defaultMode: 288
    items:
      {{- range (eq .type "token" | ternary (list .tokenKey) (list .usernameKey .passwordKey)) }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
{{- end }}
{{- end }}
{{- if include "latchkey.hasManagedKeys" . }}
- name: managed-keys
  configMap:
    name: {{ $full }}-managed-keys
    defaultMode: 292
{{- end }}
{{- if include "latchkey.hasProfiles" . }}
- name: profiles
  configMap:
    name: {{ .Values.profiles.existingConfigMap | default (printf "%s-profiles" $full) }}
    defaultMode: 292
{{- end }}
{{- if include "latchkey.hasIssuers" . }}
- name: workload-issuers
  configMap:
    name: {{ .Values.workloadIssuers.existingConfigMap | default (printf "%s-workload-issuers" $full) }}
    defaultMode: 292
{{- end }}
{{- if include "latchkey.hasTls" . }}
- name: tls
  secret:
    secretName: {{ .Values.tls.secret }}
    defaultMode: 288
    items:
      - key: {{ .Values.tls.certKey }}
        path: {{ .Values.tls.certKey }}
      - key: {{ .Values.tls.keyKey }}
        path: {{ .Values.tls.keyKey }}
{{- end }}
{{- with .Values.mesh }}
{{- if .enabled }}
- name: mesh-client-ca
  {{- if .clientCa.configMap }}
  configMap:
    name: {{ .clientCa.configMap }}
    defaultMode: 292
  {{- else }}
  secret:
    secretName: {{ .clientCa.secret }}
    defaultMode: 288
  {{- end }}
    items:
      - key: {{ .clientCa.key }}
        path: {{ .clientCa.key }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Each volume stands in /etc/latchkey under its own name, whole: a subPath would not follow a change. */}}
{{- define "latchkey.volumeMounts" -}}
{{- range (include "latchkey.volumes" . | fromYamlArray) }}
- name: {{ .name }}
  mountPath: /etc/latchkey/{{ .name }}
  readOnly: true
{{- end }}
{{- end -}}
