package core

// CustomerRecord is what billing knows of a customer: who it is, where the supply is, and the meters there.
type CustomerRecord struct {
	Customer Customer `json:"customer"`
	Place    Place    `json:"place"`
	Meters   []Meter  `json:"meters,omitempty"`
	State    string   `json:"state,omitempty"` // of the account: active, suspended, closed
}
