package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
	"tundish/core/react"
)

func (c *cli) customer() *cobra.Command {
	var account, phone string
	find := &cobra.Command{
		Use:   "find",
		Short: c.t("Asks billing whose account or telephone it is, and lists the orders there were", "按户号或电话向营收系统查询用户，并列出历史工单"),
		Long: c.t("Asks the system that partners.customers_from names, as the hub does when an order comes. With each customer the orders under the account, under the meter\nand at the address are listed, the newest first.",
			"向 partners.customers_from 所指系统查询，与枢纽收单时相同；并列出该户号、水表和地址的历史工单，最新在前。"),
		Example: "  tundish customer find --account 100423\n  tundish customer find --phone 13800000000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (account == "") == (phone == "") {
				return core.Fail(core.Invalid, "required", "--account", "write either --account or --phone", "请写 --account 或 --phone 之一")
			}
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				found, total, err := app.FindCustomers(cmd.Context(), s, st, account, phone)
				if err != nil {
					return err
				}
				return c.showCustomers(cmd, s, st, found, total)
			})
		},
	}
	find.Flags().StringVar(&account, "account", "", c.t("the account", "户号"))
	find.Flags().StringVar(&phone, "phone", "", c.t("the caller's telephone", "来电号码"))
	return group("customer", c.t("Customers, as billing knows them", "用户"), c.jsonFlag(find))
}

func (c *cli) showCustomers(cmd *cobra.Command, s *app.Settings, st app.Store, found []core.CustomerRecord, total int) error {
	type customer struct {
		core.CustomerRecord
		Orders []core.WorkOrder `json:"orders"`
	}
	all := []customer{}
	for _, record := range found {
		o := core.WorkOrder{Customer: record.Customer, Place: record.Place}
		if len(record.Meters) == 1 {
			o.Meter = record.Meters[0]
		}
		list, err := react.History(cmd.Context(), st, &o)
		if err != nil {
			return err
		}
		all = append(all, customer{record, list})
	}
	if c.json {
		return c.show(map[string]any{"customers": all, "total": total}, nil, nil)
	}
	if len(all) == 0 {
		return c.show(all, nil, nil)
	}
	for _, one := range all {
		fmt.Fprintf(c.out, "%s  %s  %s  %s  %s\n  %s\n", one.Customer.Account, one.Customer.Name, one.Customer.Phone, c.word("tariff", one.Customer.Tariff), one.State, one.Place.Address)
		for _, m := range one.Meters {
			fmt.Fprintf(c.out, c.t("  meter %s  DN%d  last reading %s\n", "  表号 %s  DN%d  上次抄码 %s\n"), m.Serial, m.DiameterMM, m.LastReading)
		}
		for i := range one.Orders {
			o := &one.Orders[i]
			fmt.Fprintf(c.out, "  %s  %s  %s  %s  %s\n", stamp(o.ReceivedAt, s.Config.Location), o.No, c.word(codes.Type, o.Type), c.word(codes.Phase, string(o.Phase)), o.Report.Content)
		}
	}
	return nil
}
