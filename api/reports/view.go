package reports

import (
	"context"
	"maps"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/sync/form"
)

// view shows a report. A superior is not shown who wrote what in it
// before it was theirs.
func (s *finder) view(ctx context.Context, c *gate.Caller, r *storedReport) (contract.Report, error) {
	v, summary := &r.Value, summaryOf(r)
	view := contract.Report{
		ID: summary.ID, Unit: summary.Unit, UnitName: summary.UnitName, Template: summary.Template, Type: summary.Type,
		From: summary.From, To: summary.To, AsOf: summary.AsOf, PeriodName: summary.PeriodName, Due: summary.Due,
		State: summary.State, Subject: summary.Subject, Version: summary.Version, UpdatedAt: summary.UpdatedAt,
		AddendumOf: summary.AddendumOf, Replaces: summary.Replaces, ReplacedBy: summary.ReplacedBy,
		Number: summary.Number, Symbol: summary.Symbol, Date: summary.Date,
		CreatedAt: v.Created.Time(), By: show.Actor(v.By), Content: v.Content,
	}
	if c.User.Role == form.RoleSuperior {
		deliveries, err := s.deliveredTo(ctx, c, r.ID)
		if err != nil {
			return view, err
		}
		view.Arrived = arrived(deliveries)
	} else {
		view.Submitted, view.Returned, view.Recalled = handover(v.Submitted), handover(v.Returned), handover(v.Recalled)
		for _, section := range v.Content.Sections { // in their order
			if e, edited := v.Edits[section.ID]; edited {
				view.Edits = append(view.Edits, contract.ReportEdit{Section: section.ID, By: show.Actor(e.By), At: e.At.Time()})
			}
		}
		for _, section := range slices.Sorted(maps.Keys(v.Headings)) {
			h := v.Headings[section]
			view.Edits = append(view.Edits, contract.ReportEdit{Section: section, Heading: true, By: show.Actor(h.By), At: h.At.Time()})
		}
	}
	if v.Signing != nil {
		view.Signing = contract.ReportSigning{By: show.Actor(v.Signing.By), Until: v.Signing.Until.Time()}
	}
	if a := v.Approval; a != nil {
		view.Approval = contract.ReportApproval{
			By: show.Actor(a.By), At: a.At.Time(), Number: a.Issue.Number, Symbol: a.Issue.Symbol, Place: a.Issue.Place,
			Date: a.Issue.Date, Position: a.Issue.Position, Name: a.Issue.Name, Sha256: a.SHA256,
		}
	}
	if w := v.Withdrawn; w != nil {
		view.Withdrawal = contract.ReportWithdrawn{By: show.Actor(w.By), At: w.At.Time(), Reason: w.Reason}
	}
	if len(v.Files) > 0 {
		view.Files = map[string]contract.ReportFile{}
		for format, file := range v.Files {
			view.Files[string(format)] = contract.ReportFile{Sha256: file.SHA256, Size: file.Size}
		}
	}
	if f := v.SignedCopy; f != nil {
		view.SignedCopy = contract.ReportSignedCopy{
			Sha256: f.SHA256, Size: f.Size, Kind: string(f.Kind), Pages: f.Pages, By: show.Actor(f.By), At: f.At.Time(),
		}
	}
	if v.State != archive.Draft && v.State != archive.Submitted {
		return view, nil
	}
	return view, s.addUnsigned(ctx, v, &view)
}

// addUnsigned adds what is shown of a report without a number: which it would
// get, what is to be confirmed, and the versions of its sections.
func (s *finder) addUnsigned(ctx context.Context, v *archive.Report, view *contract.Report) (err error) {
	approvals := s.archive.Approvals
	if view.NextNumber, err = approvals.NextNumber(ctx, v); err != nil {
		return err
	}
	warnings, err := approvals.Warnings(ctx, v)
	if err != nil {
		return err
	}
	view.Warnings = problem.Warnings(warnings)
	view.HeadingsVersion = int(v.HeadingsVersion)
	view.Content.Sections = slices.Clone(view.Content.Sections)
	for i := range view.Content.Sections {
		section := &view.Content.Sections[i]
		section.Version = v.SectionVersions[section.ID]
	}
	return nil
}

func handover(step *archive.Step) contract.ReportHandover {
	if step == nil {
		return contract.ReportHandover{}
	}
	return contract.ReportHandover{By: show.Actor(step.By), At: step.At.Time(), Note: step.Note}
}

func summaryOf(r *storedReport) contract.ReportSummary {
	v := &r.Value
	view := contract.ReportSummary{
		ID: r.ID, Unit: v.Unit, UnitName: v.Content.UnitName, Template: v.Template, Type: v.Period.Type,
		From: string(v.Period.From), To: string(v.Period.To), AsOf: string(v.Period.AsOf), PeriodName: v.Period.Label, Due: string(v.Due),
		State: v.State, Subject: v.Content.Subject, Version: r.Version, UpdatedAt: v.Updated.Time(),
		AddendumOf: v.AddendumOf, Replaces: v.Replaces, ReplacedBy: v.ReplacedBy,
	}
	if v.Approval != nil {
		view.Number, view.Symbol, view.Date = v.Approval.Issue.Number, v.Approval.Issue.Symbol, v.Approval.Issue.Date
	}
	return view
}
