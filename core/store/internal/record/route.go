package record

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"tundish/core"
)

// Route writes a crew's route for a column; nil is NULL.
func Route(r *core.CrewRoute) (sql.NullString, error) {
	if r == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return sql.NullString{}, fmt.Errorf("write a route as JSON: %w", err)
	}
	return sql.NullString{String: string(text), Valid: true}, nil
}

// ReadRoute reads what Route wrote.
func ReadRoute(text sql.NullString) (*core.CrewRoute, error) {
	if !text.Valid {
		return nil, nil
	}
	var r core.CrewRoute
	if err := json.Unmarshal([]byte(text.String), &r); err != nil {
		return nil, fmt.Errorf("read a stored route: %w", err)
	}
	return &r, nil
}
