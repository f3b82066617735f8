// Package api serves /api/v1: JSON for the console, the crew page and scripts.
//
// Handlers parse, call a use case, and answer. Errors are {"error":{"code","message",
// "message_zh","field"}} with the status that fits their kind. Until people and roles
// exist the API answers loopback only, and a caller names itself in X-Tundish-User.
package api
