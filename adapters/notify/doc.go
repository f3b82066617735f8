// Package notify says notices to people and programs over HTTP: to a program's address with a signature, to group
// robots of WeCom 企业微信 and DingTalk 钉钉, and through the HTTP gateway of an SMS provider, whose form a
// template describes. Each is a react.Sender; what becomes of an answer is decided in answer.go, alike for all.
//
// Redirects are not followed, secrets are in no error and no log, and TLS certificates are checked.
package notify
