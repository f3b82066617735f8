package core

// Role is what a person may do in the house. The program ships these; an installation adds its own.
type Role string

const (
	RoleAdmin      Role = "admin"       // 系统管理员
	RoleIntake     Role = "intake"      // 接单员
	RoleDispatcher Role = "dispatcher"  // 派单员
	RoleApprover   Role = "approver"    // 审批人
	RoleReviewer   Role = "reviewer"    // 审核员
	RoleFollowUp   Role = "follow_up"   // 回访员
	RoleCrew       Role = "crew"        // 外勤班组
	RoleFinance    Role = "finance"     // 财务
	RoleViewer     Role = "viewer"      // 只读
	RoleIntegrator Role = "integrator"  // 接口维护
	RoleDeputyHead Role = "deputy_head" // 分管所长
	RoleDesk       Role = "desk"        // 坐席
	RoleSecurity   Role = "security"    // 安全管理员: gives accounts and roles
	RoleAuditor    Role = "auditor"     // 审计员: watches who did
)

// Roles lists every role that the program ships.
func Roles() []Role {
	return []Role{RoleAdmin, RoleIntake, RoleDispatcher, RoleApprover, RoleReviewer, RoleFollowUp, RoleCrew, RoleFinance, RoleViewer, RoleIntegrator, RoleDeputyHead, RoleDesk, RoleSecurity, RoleAuditor}
}

// Name is what people call a shipped role; empty for others.
func (r Role) Name() Text { return roleNames[r] }

var roleNames = map[Role]Text{
	RoleAdmin:      {"System administrator", "系统管理员"},
	RoleIntake:     {"Intake", "接单员"},
	RoleDispatcher: {"Dispatcher", "派单员"},
	RoleApprover:   {"Approver", "审批人"},
	RoleReviewer:   {"Reviewer", "审核员"},
	RoleFollowUp:   {"Follow-up", "回访员"},
	RoleCrew:       {"Crew", "班组"},
	RoleFinance:    {"Finance", "财务"},
	RoleViewer:     {"Viewer", "查询员"},
	RoleIntegrator: {"Integrator", "接口维护员"},
	RoleDeputyHead: {"Deputy head in charge", "分管所长"},
	RoleDesk:       {"Desk team", "坐席"},
	RoleSecurity:   {"Security administrator", "安全管理员"},
	RoleAuditor:    {"Auditor", "审计员"},
}
