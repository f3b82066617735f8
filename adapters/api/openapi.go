package api

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"tundish/core"
)

// object is a JSON object of the description.
type object = map[string]any

// openAPI serves the description of every call, made of the handlers' own Go types. It is no secret, as contracts are none.
func (a *API) openAPI() {
	var doc object
	handle(a, "GET /api/openapi.json", everybody, func(*http.Request, none) (object, error) { return doc, nil })
	doc = a.describe()
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// describe writes the OpenAPI 3.1 document.
func (a *API) describe() object {
	s := newSchemer()
	refusal := object{"description": "A refusal: message is English, message_zh Chinese; of a change of an order with its version and what is allowed now. 拒绝原因；修改工单被拒时附当前版本与可执行操作",
		"content": object{"application/json": object{"schema": s.of(reflect.TypeFor[errorBody](), false)}}}
	paths, tags := object{}, []object{}
	for i := range a.routes {
		rt := &a.routes[i]
		method, path, _ := strings.Cut(rt.Pattern, " ")
		at, _ := paths[path].(object)
		if at == nil {
			at = object{}
			paths[path] = at
		}
		at[strings.ToLower(method)] = s.operation(rt, method, path, refusal)
		if t := (object{"name": tag(path)}); !slices.ContainsFunc(tags, func(x object) bool { return x["name"] == t["name"] }) {
			tags = append(tags, t)
		}
	}
	return object{
		"openapi": "3.1.0",
		"info": object{"title": "tundish", "version": "1", "summary": "Work orders of a water or gas utility 供水供气工单", "description": "A change names the version of the order that was seen; a stale one is refused (409) and nothing is changed. " +
			"A form that is refused names every faulty field (422). What the caller has no right to is refused (403), nobody who is signed in is asked to sign in (401). " +
			"修改时带上所见版本，过期则拒绝（409）；表单错误逐字段列出（422）；无权则拒绝（403），未登录返回 401。"},
		"servers": []object{{"url": "/"}}, "tags": tags, "paths": paths, "security": []object{{"token": []string{}}, {"session": []string{}}},
		"components": object{"schemas": s.named, "securitySchemes": object{
			"token":   object{"type": "http", "scheme": "bearer", "description": "tundish user token"},
			"session": object{"type": "apiKey", "in": "cookie", "name": cookie, "description": "POST /api/v1/login"},
		}},
	}
}

func (s *schemer) operation(rt *Route, method, path string, refusal object) object {
	text := routeTexts[rt.Pattern]
	op := object{"operationId": operationID(method, path), "summary": text.EN, "description": text.ZH, "tags": []string{tag(path)}}
	if rt.Right != "" {
		op["x-right"] = rt.Right // what a role must be given in roles.yaml
	}
	if rt.Open {
		op["security"] = []object{}
	}
	params := []object{}
	for _, m := range inPath.FindAllStringSubmatch(path, -1) {
		params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}, "description": bilingual(parameterTexts[m[1]])})
	}
	for _, q := range rt.query {
		params = append(params, object{"name": q, "in": "query", "schema": parameterSchema(q), "description": bilingual(parameterTexts[q])})
	}
	if len(params) > 0 {
		op["parameters"] = params
	}
	if method != http.MethodGet && rt.in != reflect.TypeFor[none]() {
		content := object{"application/json": object{"schema": s.of(rt.in, true)}}
		if rt.parts {
			content["multipart/form-data"] = object{"schema": object{"type": "object", "properties": object{"text": object{"type": "string"}, "progress": object{"type": "boolean"},
				"version": object{"type": "integer"}, "file": object{"type": "array", "items": object{"type": "string", "contentMediaType": "application/octet-stream"}}}}}
		}
		op["requestBody"] = object{"content": content}
	}
	answer := object{"schema": object{"type": "string"}}
	media := rt.media
	switch media {
	case "":
		media, answer = "application/json", object{"schema": s.of(rt.out, false)}
	case "*/*":
		answer = object{} // bytes have no schema
	}
	op["responses"] = object{"200": object{"description": "OK 成功", "content": object{media: answer}}, "default": refusal}
	return op
}

func parameterSchema(name string) object {
	switch name {
	case "limit", "metres", "minutes":
		return object{"type": "integer", "minimum": 1}
	case "on_hold", "overdue", "refused", "bodies":
		return object{"type": "string", "enum": []string{"true", "false"}}
	case "received_from", "received_to":
		return object{"type": "string", "format": "date-time"}
	case "from", "to", "day":
		return object{"type": "string", "format": "date"}
	case "sort":
		return object{"type": "string", "enum": []string{"newest", "due"}}
	}
	return object{"type": "string"}
}

func bilingual(t core.Text) string { return strings.TrimSpace(t.EN + " " + t.ZH) }

func operationID(method, path string) string {
	words := strings.FieldsFunc(strings.TrimPrefix(path, "/api/"), func(c rune) bool { return strings.ContainsRune("/{}-._", c) })
	return strings.ToLower(method) + "_" + strings.Join(words, "_")
}

// tag is the part of the API that a path belongs to.
func tag(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/api/"), "v1/"), "/")
	return first
}
