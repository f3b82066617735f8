// Package views reads config/views.yaml, the saved lists of orders that everybody, or some roles, have.
package views
