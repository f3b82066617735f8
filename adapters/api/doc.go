// Package api serves /api/v1: JSON for the console, the crew page and scripts.
//
// Handlers parse, call a use case, and answer. Errors are {"error":{"code","message",
// "message_zh","field"}} with the status that fits their kind. Each route names the right that it takes
// (need.go); what it answers is covered as far as the caller may not see it. Until the house has people
// the API answers loopback only, and a caller names itself in X-Tundish-User; from the first on everybody
// signs in: a browser with a password (POST /api/v1/login, a cookie), a script with a Bearer token.
package api
