// Package form says what is recorded: nine kinds of record, the fields of
// each, what a field may hold, who may write it, and which fields are
// personal. Validation, the phone's forms, the columns of the register in
// xlsx and the schemas of openapi.yaml all come from here. The package is
// pure: it has no clock, no I/O and no state; the same input gives the same
// output on every server.
//
// # The model
//
// A [Form] describes a kind; a [Field] describes a register of its records.
// Values are canonical JSON ([ledger.Value]): text in NFC, integers (there is
// no fraction anywhere; money is whole đồng), days as YYYY-MM-DD, choices by
// their English value, references as [ledger.Ref], photos as SHA-256.
//
//	phone ── op ──► Tidy ──► CheckOp ──► accepted: the fold takes it as it is
//	                            │
//	                            └─► ledger.Fault{Code, Field} ──► Message: a Vietnamese sentence
//
// [Tidy] brings values to the form in which they are stored, so that the same
// words are the same bytes: no two blanks, 0905123456 for +84 905.123.456.
// [CheckOp] looks at one op and at the record it falls on, and at nothing
// else. What needs other records stays with the store: that a reference leads
// to a record of the right kind ([Named]), that an entry is reversed once ([Reverses], [CheckReversal]),
// that a gift of a one-per-household campaign has the id that [GiftID] gives,
// that a link makes no circle, that a period's record has the period's id.
//
// A check across fields is a [Rule] where a phone can make it too, else the
// form's Check. It refuses an op only for a fault that the op brings about:
// two phones that were both right may merge into a record that breaks a rule,
// and such a record must stay open to every edit that fixes something else.
//
// A form also says how a screen shows it, so that an app can draw it without a
// network: sections in their order, what is shown when ([Condition]), defaults,
// what each role may do ([Form.Actions]), the words for all codes ([Labels]).
// The server checks none of this.
//
// What the rest of the server asks about a record once it is merged is here
// as well, because it depends on the kind: its day ([Day]), the days by which it
// counts ([DaysOf]), who may see it ([Visible], [Confidential]), how it is
// searched ([Words], [Query]) and sorted
// ([SortName]), and which others may tell the same thing ([SameKeys],
// [Alike]).
//
// # Personal and confidential
//
// A personal field has its own salted leaf in the ledger and can be
// erased (Luật 91/2025/QH15); so only what no figure needs is personal:
// names, addresses, numbers, free text that may tell of a person, photos. Of a
// list's objects one member may be personal: who gave to a house, not how much.
// Categories, days and amounts are not, and old figures still recompute.
// A denunciation is confidential: no collector but its author ever gets it.
//
// # Glossary
//
//	household     hộ                        a family as the village lists it
//	category      diện / đối tượng          why a household is supported
//	  poor          hộ nghèo                below the poverty standard
//	  nearPoor      hộ cận nghèo            just above it
//	  social        bảo trợ xã hội          under social protection
//	  merit         người có công           served the country, or kin of those who did
//	povertyStandard chuẩn nghèo             the standard by which poor is measured, by years
//	movedFrom     chuyển đến từ hộ          the same family in the book of the village it left
//	leftOn        không còn ở thôn từ ngày  moved away or died out; the record stays
//	campaign      đợt tặng quà / vận động   one round of giving or collecting
//	quota         chỉ tiêu                  portions that a campaign means for one village
//	organisation  đơn vị ủng hộ             the body that gave what is handed out
//	donor         cá nhân ủng hộ            the person who did
//	gift          suất quà                  what one household or person received
//	quantity      số suất                   portions in one gift
//	house         nhà đại đoàn kết          a house built or repaired with the Front's help
//	  gratitude     nhà tình nghĩa          one for people of merit
//	  hard…         ba cứng                 hard floor, frame and walls, roof (nền, khung – tường, mái)
//	  sources       nguồn kinh phí          money, kind (hiện vật) or labour (ngày công)
//	  accepted      nghiệm thu              inspected and found complete
//	  handedOver    bàn giao                given to the household
//	reception     lượt tiếp công dân        a citizen heard by an official
//	  regular       tiếp thường xuyên       by the officer on duty
//	  leader        lãnh đạo tiếp           by a leader, on the appointed day
//	petition      đơn                       a letter that asks for a decision
//	class         loại                      what a citizen's matter is in law:
//	  complaint     khiếu nại               against a decision about the person who complains
//	  denunciation  tố cáo                  of a wrong that somebody did; confidential
//	  proposal      kiến nghị               asks for something
//	  feedback      phản ánh                reports something
//	status        tình trạng xử lý          the step a petition has reached
//	  accepted      thụ lý                  taken on; declined: không thụ lý
//	  transferred   chuyển                  sent to the body whose matter it is
//	  guided        hướng dẫn               the citizen was referred elsewhere
//	  suspended     tạm đình chỉ            the clock does not run; resumed: tiếp tục
//	  stopped       đình chỉ                ended without a decision
//	meeting       đợt tiếp xúc cử tri       a deputy meets the voters
//	  attendance    lượt cử tri             voters who came, counted each time
//	  opinions      ý kiến                  what they said, in number; approx: khoảng
//	activity      hoạt động                 what the Front or a village did beside the above
//	  propaganda    tuyên truyền, vận động  told people of a policy, won them for it
//	  supervision   giám sát                watched how an authority does its work
//	  criticism     phản biện xã hội        gave an opinion on a draft before it was decided
//	  mediation     hòa giải                settled a quarrel between people
//	  movement      phong trào thi đua      a patriotic emulation movement
//	  comment       góp ý văn bản           answered a document that was sent for comment
//	  election      bầu cử                  part in preparing or holding an election
//	  coOrganiser   đơn vị phối hợp         who held it together with the Front
//	fund          Quỹ “Vì người nghèo”      the fund for the poor; in: thu, out: chi
//	  reverses      bút toán đảo            the wrong entry that this one cancels
//	  opening       số dư đầu kỳ            what the fund held before its book began: left, not raised
//	period        kỳ báo cáo                closed (chốt) once it is reported
//	collector     người ghi ở thôn          village head (Trưởng thôn), head of the village
//	                                        Front committee (Trưởng ban công tác Mặt trận)
//	reviewer      cán bộ Mặt trận xã        commune staff who check and correct
//	approver      lãnh đạo duyệt            signs and issues reports
//	superior      cấp trên                  reads what was delivered, and only that
package form
