// Package hotlinesim simulates a hotline and a website: two systems on the hotline's
// contract in one process, with books of their own, at /soap/hotline and /soap/website.
//
// The hotline is old: it sends SOAP 1.1 in GBK, times without a zone, codes of its own
// (config/systems/hotline.yaml has the tables), full-width digits here and there, and
// submits again when in doubt. The website is new: SOAP 1.2, UTF-8, the house's
// codes, coordinates as web maps show them (GCJ-02), and customers who click twice.
package hotlinesim
