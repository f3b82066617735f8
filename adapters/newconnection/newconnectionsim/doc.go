// Package newconnectionsim simulates the system for new connections: applicants who wait
// for a meter.
//
// Ten installations are ready for the hub to pull on the morning of every day, three
// more are submitted over the day, one of them a re-installation. It refuses a meter that it has installed
// elsewhere. Its habits: SOAP 1.1 in UTF-8, times with a zone, the house's codes.
package newconnectionsim
