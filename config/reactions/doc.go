// Package reactions reads what the house does by itself: config/channels.yaml (how people and programs are reached),
// config/triggers.yaml (what follows from what happens) and config/classification.yaml (what a report is about).
// Each becomes values that the program's rooms understand; a file that is absent means that there is none of it.
package reactions
