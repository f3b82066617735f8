package config

import "embed"

// Files are the files of this folder as they were when the program was built: settings, systems, order types, jobs,
// calendar, crews, districts, roles, channels, triggers, classification and words of the example city. [WriteTree] writes them to a folder.
//
//go:embed tundish.yaml crews.yaml districts.yaml vocabulary.yaml roles.yaml views.yaml channels.yaml triggers.yaml classification.yaml classification_test.yaml systems/*.yaml order-types/*.yaml jobs/*.yaml calendar/*.yaml codetables/*
var Files embed.FS
