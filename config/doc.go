// Package config reads what an administrator writes: the settings (tundish.yaml) and the files about connected
// systems, pull jobs, working days, crews and districts. README.md in this folder is the manual.
//
// Every file is read strictly by config/lang, and every mistake is reported with its place and a hint, all of them
// together. Settings are then merged with TUNDISH_… variables and flags by viper; the other files never pass through
// it. Order types have a package of their own, config/ordertype, because they become values of core; this package knows
// no other room of the house.
//
// [Load] reads the settings alone, for commands that need no more; [Open] reads and cross-checks everything, for the
// hub and for "tundish config check". [Files] holds the files of this folder, and [WriteTree] writes them elsewhere.
package config
