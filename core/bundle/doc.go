// Package bundle puts configuration live: a scope's files are published into the store as
// one bundle under an author and a note, a pointer per scope says which is live, and every
// hub on the store follows it. Nothing is ever changed in place: going back is one more
// move of the pointer, and stands in the history like the others.
//
// A [Publisher] moves pointers, a [Follower] hears of moves, a [Watcher] keeps a folder and
// the store together: what people save in it goes live when it is good, what others
// publish or roll back is written into it.
package bundle
