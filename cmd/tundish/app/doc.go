// Package app builds the hub out of its rooms: New takes settings that were read and
// checked, opens the store and ties adapters to use cases; Run serves until told to
// stop; Close gives back what New took. Commands use the same parts without serving.
package app
