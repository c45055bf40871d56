{{/* Labels of the chart's own objects. */}}
{{- define "cloud-engine.labels" -}}
app.kubernetes.io/name: cloud-engine
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels that find the controller's pods. */}}
{{- define "cloud-engine.selector" -}}
app.kubernetes.io/name: cloud-engine
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end }}

{{/* The controller, as the API server names it. */}}
{{- define "cloud-engine.user" -}}
system:serviceaccount:{{ .Release.Namespace }}:cloud-engine-controller
{{- end }}

{{/* Where runners find the gateway. */}}
{{- define "cloud-engine.gatewayUrl" -}}
{{- if .Values.gateway.clusterIP -}}
https://{{ .Values.gateway.clusterIP }}:8443
{{- else -}}
https://cloud-engine-gateway.{{ .Release.Namespace }}.svc:8443
{{- end -}}
{{- end }}

{{/* Labels that find the sandbox cloud's pod. */}}
{{- define "cloud-engine.sandbox" -}}
app.kubernetes.io/name: cloud-engine
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: sandbox
{{- end }}

{{/* Where runners find the sandbox cloud. */}}
{{- define "cloud-engine.sandboxUrl" -}}
{{- if .Values.sandbox.clusterIP -}}
http://{{ .Values.sandbox.clusterIP }}:8080
{{- else -}}
http://cloud-engine-sandbox.{{ .Release.Namespace }}.svc:8080
{{- end -}}
{{- end }}
