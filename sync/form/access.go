package form

import (
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// What a person is to a unit.
const (
	RoleCollector             = ledger.RoleCollector // records in the village
	RoleReviewer  ledger.Role = "reviewer"           // commune staff: checks and corrects
	RoleApprover  ledger.Role = "approver"           // commune leader: signs reports
	RoleAdmin     ledger.Role = "admin"              // units, users, devices
	RoleSuperior  ledger.Role = "superior"           // delivered reports only
	RoleAuditor   ledger.Role = "auditor"            // the log, personal fields redacted
)

// MayAct reports whether a role may send an action on a kind at all. Which
// units a person has the role in, the caller knows; which fields a role may
// write, [CheckOp] checks.
//
//	action                        collector   reviewer  approver  admin
//	edit, remove, restore         village ¹   every ²
//	unlink                        village ¹³  every ²
//	comment                       every ²     every ²   every ²
//	resolve                                   all       period
//	review, link                              every ²
//	erase                                     every ²             every ²
//	close, reopen                             period    period
//
// ¹ every kind but campaign. ² every kind but period. ³ to say that two records
// are different things, never to take a link away. Superiors and auditors
// write nothing, and nobody acts on an unknown kind.
func MayAct(role ledger.Role, kind ledger.Kind, action ledger.Action) bool {
	if kind == ledger.KindPeriod {
		// A role that may close and reopen also settles which of the two holds.
		return (action == ledger.ActionClose || action == ledger.ActionReopen || action == ledger.ActionResolve) &&
			(role == RoleReviewer || role == RoleApprover)
	}
	if _, known := Of(kind); !known {
		return false
	}
	switch action {
	case ledger.ActionEdit, ledger.ActionRemove, ledger.ActionRestore, ledger.ActionUnlink:
		return role == RoleReviewer || role == RoleCollector && kind != KindCampaign
	case ledger.ActionComment:
		return role == RoleCollector || role == RoleReviewer || role == RoleApprover
	case ledger.ActionResolve, ledger.ActionReview, ledger.ActionLink:
		return role == RoleReviewer
	case ledger.ActionErase:
		return role == RoleReviewer || role == RoleAdmin
	default:
		return false
	}
}

// mayWrite reports whether a role may write the field, where it may edit the
// kind.
func (f *Field) mayWrite(role ledger.Role) bool {
	return f.Writers == nil || slices.Contains(f.Writers, role)
}

// Confidential reports whether a record must not reach another collector: a
// reception or petition that anybody classed as a denunciation, as long as
// that value stands, even beside another.
func Confidential(r *ledger.Record) bool {
	if r == nil || !MayBeConfidential(r.Kind) {
		return false
	}
	for _, w := range r.Register("class") {
		if s, _ := w.Value.Text(); s == ClassDenunciation {
			return true
		}
	}
	return false
}

// MayBeConfidential reports whether there are confidential records of a kind.
func MayBeConfidential(kind ledger.Kind) bool { return kind == KindReception || kind == KindPetition }

// Visible reports whether a person with a role in the record's unit may see
// the record.
//
//	reviewer    everything
//	auditor     everything; the caller redacts what is personal
//	collector   everything but what is confidential and by another
//	approver    everything but what is confidential
//	others      nothing: an admin looks after accounts, a superior reads reports
func Visible(r *ledger.Record, role ledger.Role, user ledger.UserID) bool {
	if r == nil {
		return false
	}
	switch role {
	case RoleReviewer, RoleAuditor:
		return true
	case RoleApprover:
		return !Confidential(r)
	case RoleCollector:
		return !Confidential(r) || user != "" && r.Created != nil && r.Created.User == user
	}
	return false
}

// viewVersion numbers the rules of [Visible], [VisibleFromParent] and
// [Confidential]. It grows with every change of them, so that devices pull
// again what they may see by then.
const viewVersion = 1

// ViewOf names what somebody is shown of a unit's ledger, by their role there;
// own is false for a unit of which only [VisibleFromParent] is shown. A pull's
// cursor holds for the view under which it was made: records that another view
// shows, and this one did not, lie before it.
func ViewOf(role ledger.Role, own bool) string {
	if !own {
		role = "parent"
	}
	return fmt.Sprintf("%s-%d", role, viewVersion)
}

// Shown reports whether a person is shown a record of a unit's ledger: own is
// false for a unit of which they are only shown what [VisibleFromParent] names.
// Nobody learns otherwise that a record exists that they are not shown: pulls,
// lists, photos, references and verdicts all go by this.
func Shown(r *ledger.Record, role ledger.Role, user ledger.UserID, own bool) bool {
	if !own {
		return VisibleFromParent(r)
	}
	return Visible(r, role, user)
}

// VisibleFromParent reports whether a record of the commune's ledger is shown
// to the collectors of its villages: the campaigns, the removed ones too, so
// that phones learn of the removal.
func VisibleFromParent(r *ledger.Record) bool { return r != nil && r.Kind == KindCampaign }
