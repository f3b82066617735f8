package app

import (
	"context"
	"net/url"

	"tundish/core"
	"tundish/core/store/sqlserver"
)

// NewDatabase names a fresh database on the server of a DSN, for a demo or a test, and
// returns its DSN and what drops it again. Migrate creates it.
func NewDatabase(ctx context.Context, dsn, name string) (fresh string, drop func(), err error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "sqlserver" {
		return "", nil, core.Invalidf("dsn", "--store", "the store is neither sqlite:// nor sqlserver://", "数据库连接串须以 sqlite:// 或 sqlserver:// 开头")
	}
	q := u.Query()
	q.Set("database", name)
	u.RawQuery = q.Encode()
	fresh = u.String()
	if err := sqlserver.CreateDatabase(ctx, fresh); err != nil {
		return "", nil, err
	}
	return fresh, func() { _ = sqlserver.DropDatabase(context.WithoutCancel(ctx), fresh) }, nil
}
