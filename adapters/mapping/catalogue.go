package mapping

// OrderFields are the fields of an order that a source may fill, extras apart.
func OrderFields() []string { return targetNames() }

// ValueNames are the fields of ours that messages to other systems may be written from.
func ValueNames() []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	return names
}
