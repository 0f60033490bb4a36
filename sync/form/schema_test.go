package form_test

import (
	"encoding/json"
	"testing"

	"github.com/sothon/sothon/sync/form"
)

func TestSchemas(t *testing.T) {
	schemas := form.Schemas()
	for _, name := range []string{
		"HouseholdFields", "CampaignFields", "GiftFields", "HouseFields",
		"ReceptionFields", "PetitionFields", "MeetingFields", "ActivityFields", "FundFields",
	} {
		if schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	if len(schemas) != len(form.All()) {
		t.Errorf("%d schemas for %d forms", len(schemas), len(form.All()))
	}
	for _, c := range []struct {
		schema, field, want string
	}{
		{"GiftFields", "date", `{"description":"Ngày trao","format":"date","type":"string"}`},
		{"GiftFields", "quantity", `{"description":"Số suất","format":"int64","maximum":1000,"minimum":1,"type":"integer"}`},
		{"GiftFields", "valueVnd", `{"description":"Tổng trị giá (đồng)","format":"int64","maximum":1000000000000,"minimum":0,"nullable":true,"type":"integer"}`},
		{"GiftFields", "recipientName", `{"description":"Họ tên người nhận","maxLength":120,"nullable":true,"type":"string"}`},
		{"GiftFields", "signedFor", `{"description":"Đã ký nhận","nullable":true,"type":"boolean"}`},
		{"GiftFields", "photos", `{"description":"Ảnh trao quà","items":{"pattern":"^[0-9a-f]{64}$","type":"string"},"maxItems":12,"nullable":true,"type":"array","uniqueItems":true}`},
		{"GiftFields", "household", `{"description":"Hộ nhận","oneOf":[{"format":"uuid","nullable":true,"type":"string"},` +
			`{"additionalProperties":false,"properties":{"record":{"format":"uuid","type":"string"},"unit":{"pattern":"^[A-Za-z0-9-]{1,64}$","type":"string"}},"required":["record","unit"],"type":"object"}]}`},
		{"FundFields", "direction", `{"description":"Thu hay chi","enum":["in","out"],"type":"string"}`},
		{"FundFields", "reverses", `{"description":"Đảo khoản đã ghi sai","format":"uuid","nullable":true,"type":"string"}`},
		{"HouseholdFields", "povertyStandard", `{"description":"Chuẩn nghèo áp dụng","enum":["2022-2025","2026-2030",null],"nullable":true,"type":"string"}`},
		{"HouseholdFields", "nationalId", `{"description":"Số căn cước của chủ hộ","nullable":true,"pattern":"^[0-9 .-]{9,20}$","type":"string"}`},
		{"CampaignFields", "categories", `{"description":"Diện được nhận","items":{"enum":["poor","nearPoor","social","merit","other"],"type":"string"},` +
			`"maxItems":5,"nullable":true,"type":"array","uniqueItems":true}`},
		{"CampaignFields", "quotas", `{"description":"Chỉ tiêu từng thôn","items":{"additionalProperties":false,"properties":{` +
			`"quantity":{"description":"Số suất","format":"int64","maximum":100000,"minimum":0,"type":"integer"},` +
			`"unit":{"description":"Thôn","pattern":"^[A-Za-z0-9-]{1,64}$","type":"string"}},"required":["unit","quantity"],"type":"object"},"maxItems":100,"nullable":true,"type":"array"}`},
		{"HouseholdFields", "members", `{"description":"Thành viên","items":{"additionalProperties":false,"properties":{` +
			`"birthYear":{"description":"Năm sinh","format":"int64","maximum":2100,"minimum":1900,"nullable":true,"type":"integer"},` +
			`"name":{"description":"Họ tên","maxLength":120,"type":"string"},` +
			`"relation":{"description":"Quan hệ với chủ hộ","maxLength":60,"nullable":true,"type":"string"}},"required":["name"],"type":"object"},"maxItems":30,"nullable":true,"type":"array"}`},
	} {
		properties := schemas[c.schema].(map[string]any)["properties"].(map[string]any)
		got, err := json.Marshal(properties[c.field])
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != c.want {
			t.Errorf("%s.%s:\n%s, want\n%s", c.schema, c.field, got, c.want)
		}
	}
	for name, s := range schemas {
		s := s.(map[string]any)
		if s["type"] != "object" || s["additionalProperties"] != false || s["required"] != nil || s["description"] == "" {
			t.Errorf("%s: %v %v %v %v", name, s["type"], s["additionalProperties"], s["required"], s["description"])
		}
	}
	// Each call makes its own, so that a caller may change it.
	schemas["GiftFields"].(map[string]any)["type"] = "x"
	if form.Schemas()["GiftFields"].(map[string]any)["type"] != "object" {
		t.Error("two calls share a schema")
	}
}
