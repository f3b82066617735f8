package api

import (
	"net/http"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/react"
)

// CustomerPage is who was found, the best match first.
type CustomerPage struct {
	Customers []FoundCustomer `json:"customers"`
	Total     int             `json:"total"` // how many fit, also those not listed
}

// FoundCustomer is a customer with the orders there were under the account and at the address, the newest first.
type FoundCustomer struct {
	core.CustomerRecord
	Orders []core.WorkOrder `json:"orders"`
}

// mostCustomers bounds one answer.
const mostCustomers = 20

// customers asks billing whose account or telephone it is. As in search, nobody is found outside the caller's reach, nor
// by what the caller is not shown of him.
func (a *API) customers() {
	handle(a, "GET /api/v1/customers?account&phone", house(access.Search), func(r *http.Request, _ none) (CustomerPage, error) {
		account, phone := r.URL.Query().Get("account"), r.URL.Query().Get("phone")
		if (account == "") == (phone == "") {
			return CustomerPage{}, core.Fail(core.Invalid, "required", "account", "ask by an account or by a telephone, one of them", "请按户号或电话之一查询")
		}
		if a.Customers == nil {
			return CustomerPage{}, core.Fail(core.Invalid, "no_customers", "partners.customers_from", "the settings name no system that customers are looked up in", "设置未指定用户查询系统")
		}
		found, total, err := a.Customers.FindCustomers(r.Context(), account, phone, mostCustomers)
		if err != nil {
			return CustomerPage{}, err
		}
		page := CustomerPage{Customers: []FoundCustomer{}, Total: total}
		for _, c := range found {
			shown, ok := a.showCustomer(r, c, phone != "")
			if !ok {
				continue
			}
			orders, err := a.ordersOf(r, shown)
			if err != nil {
				return CustomerPage{}, err
			}
			page.Customers = append(page.Customers, FoundCustomer{shown, orders})
		}
		if len(page.Customers) < len(found) {
			page.Total = len(page.Customers) // how many others there are is not the caller's to know
		}
		return page, nil
	})
}

// showCustomer is a customer as the caller may see him; false: the caller may not find him, or not by this.
func (a *API) showCustomer(r *http.Request, c core.CustomerRecord, byPhone bool) (core.CustomerRecord, bool) {
	who, table := callerOf(r).actor, a.People.Table()
	o := core.WorkOrder{Customer: c.Customer, Place: c.Place} // rights are asked as on an order of his
	if !who.All && table.May(who, access.Search, &o) != nil {
		return c, false
	}
	shown := table.Show(who, o)
	if byPhone && shown.Customer.Phone != o.Customer.Phone || !byPhone && shown.Customer.Account != o.Customer.Account {
		return c, false
	}
	out := core.CustomerRecord{Customer: shown.Customer, Place: shown.Place, State: c.State}
	for _, o.Meter = range c.Meters {
		out.Meters = append(out.Meters, table.Show(who, o).Meter)
	}
	return out, true
}

// ordersOf are the orders of a customer that the caller may see, by what he is shown of him.
func (a *API) ordersOf(r *http.Request, c core.CustomerRecord) ([]core.WorkOrder, error) {
	o := core.WorkOrder{Customer: c.Customer, Place: c.Place}
	if len(c.Meters) == 1 {
		o.Meter = c.Meters[0]
	}
	list, err := react.History(r.Context(), a.Reader, &o)
	if err != nil {
		return nil, err
	}
	list = a.mine(r, list)
	for i := range list {
		list[i] = a.People.Table().Show(callerOf(r).actor, list[i])
	}
	return list, nil
}
