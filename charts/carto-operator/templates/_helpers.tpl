{{- define "carto-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Names of objects end in it or are it: within the 63 characters of a label. */}}
{{- define "carto-operator.fullname" -}}
{{- $name := include "carto-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What a selector looks for; it can never change. */}}
{{- define "carto-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "carto-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "carto-operator.labels" -}}
{{ include "carto-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "carto-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "carto-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "carto-operator.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The Secret that the default account logs in with. */}}
{{- define "carto-operator.accountSecret" -}}
{{- default (printf "%s-login" (include "carto-operator.fullname" .)) .Values.account.existingSecret }}
{{- end }}

{{/* A binding of the service account to a role: (dict "root" $ "kind" "ClusterRole" "name" ...). */}}
{{- define "carto-operator.binding" -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
- kind: ServiceAccount
  name: {{ include "carto-operator.serviceAccountName" .root }}
  namespace: {{ .root.Release.Namespace }}
{{- end }}
