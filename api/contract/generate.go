package contract

//go:generate go run ../generate
//go:generate go tool -modfile=../../.ci/tools/go.mod oapi-codegen -config oapi-codegen.yaml ../../openapi.yaml
