package ordertype

import "tundish/config/lang"

// SchemaName is the file name of [Schema].
const SchemaName = "order-type.json"

// Schema is the JSON Schema of an order type's file.
func Schema() []byte {
	return lang.Schema(File{}, SchemaName, lang.Text{En: "An order type.", Zh: "工单类型。"})
}
