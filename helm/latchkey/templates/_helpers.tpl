{{- define "latchkey.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Room is left for the longest suffix, so that two objects never end in the same name. */}}
{{- define "latchkey.fullname" -}}
{{- $name := include "latchkey.name" . -}}
{{- $full := .Values.fullnameOverride -}}
{{- if not $full -}}
{{- $full = ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- end -}}
{{- $full | trunc 48 | trimSuffix "-" -}}
{{- end -}}

{{- define "latchkey.selectorLabels" -}}
app.kubernetes.io/name: {{ include "latchkey.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "latchkey.labels" -}}
{{ include "latchkey.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "latchkey.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "latchkey.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- if .Values.image.digest -}}
{{ printf "%s:%s@%s" .Values.image.repository $tag .Values.image.digest }}
{{- else -}}
{{ printf "%s:%s" .Values.image.repository $tag }}
{{- end -}}
{{- end -}}

{{/* Kubernetes must not end the process before the service's own limit has passed. */}}
{{- define "latchkey.terminationGracePeriodSeconds" -}}
{{- $drain := int64 (kindIs "invalid" .Values.settings.LATCHKEY_DRAIN_MS | ternary 5000 .Values.settings.LATCHKEY_DRAIN_MS) -}}
{{- $shutdown := int64 (kindIs "invalid" .Values.settings.LATCHKEY_SHUTDOWN_TIMEOUT_MS | ternary 20000 .Values.settings.LATCHKEY_SHUTDOWN_TIMEOUT_MS) -}}
{{- if ge $drain $shutdown -}}
{{- fail "settings.LATCHKEY_DRAIN_MS must be less than settings.LATCHKEY_SHUTDOWN_TIMEOUT_MS, or requests under way are cut off" -}}
{{- end -}}
{{- add (div (add $shutdown 999) 1000) 5 -}}
{{- end -}}

{{- define "latchkey.hasProfiles" -}}
{{- if or .Values.profiles.definitions .Values.profiles.existingConfigMap }}true{{ end -}}
{{- end -}}

{{- define "latchkey.hasIssuers" -}}
{{- if or .Values.workloadIssuers.issuers .Values.workloadIssuers.existingConfigMap }}true{{ end -}}
{{- end -}}

{{- define "latchkey.hasTls" -}}
{{- if or .Values.tls.enabled .Values.mesh.enabled }}true{{ end -}}
{{- end -}}

{{- define "latchkey.hasManagedKeys" -}}
{{- if or .Values.managedKeys.managers .Values.managedKeys.templates }}true{{ end -}}
{{- end -}}

{{/* What the service would refuse at its start, or fail at later, is refused before it is installed. */}}
{{- define "latchkey.refuseContradictions" -}}
{{- if not .Values.elasticsearch.serviceIdentity.secret -}}
{{- if include "latchkey.hasProfiles" . -}}
{{- fail "profiles need a service identity that makes the keys: set elasticsearch.serviceIdentity.secret" -}}
{{- end -}}
{{- if .Values.managedKeys.templates -}}
{{- fail "managedKeys.templates need a service identity that makes the keys: set elasticsearch.serviceIdentity.secret" -}}
{{- end -}}
{{- if .Values.settings.LATCHKEY_AUDIT_INDEX -}}
{{- fail "settings.LATCHKEY_AUDIT_INDEX needs a service identity that writes to it: set elasticsearch.serviceIdentity.secret" -}}
{{- end -}}
{{- end -}}
{{- $heapMb := add (.Values.heap.oldSpaceMb) (mul 3 .Values.heap.semiSpaceMb) -}}
{{- if ge (float64 $heapMb) (include "latchkey.mebibytes" .Values.resources.limits.memory | float64) -}}
{{- fail (printf "heap: V8 may take %d MiB (oldSpaceMb and three times semiSpaceMb), which resources.limits.memory must exceed" $heapMb) -}}
{{- end -}}
{{- if not (or (eq .Values.service.type "ClusterIP") .Values.tls.enabled .Values.service.allowInsecure) -}}
{{- fail (printf "service.type %s leads out of the cluster in clear text: set tls.enabled, or say service.allowInsecure where something before it ends TLS" .Values.service.type) -}}
{{- end -}}
{{- if and (not .Values.tokenReview.enabled) (contains "/var/run/secrets/kubernetes.io/serviceaccount/" (toYaml .Values.workloadIssuers.issuers)) -}}
{{- fail "workloadIssuers.issuers read files of the pod's service account, which are there only with tokenReview.enabled" -}}
{{- end -}}
{{- end -}}

{{/* A quantity of Kubernetes in MiB. */}}
{{- define "latchkey.mebibytes" -}}
{{- $units := dict "" 1 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- $text := kindIs "string" . | ternary . (printf "%f" (float64 .)) -}}
{{- divf (mulf (regexFind "^[0-9.]+" $text | float64) (get $units (regexFind "[A-Za-z]*$" $text))) 1048576 -}}
{{- end -}}

{{/* Ports of addresses with commas between, for the network policy. */}}
{{- define "latchkey.portsOf" -}}
{{- $ports := list -}}
{{- range splitList "," . -}}
{{- $url := urlParse (trim .) -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports (int (default (ternary "443" "80" (eq $url.scheme "https")) $port)) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}
