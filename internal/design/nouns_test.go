package design

import (
	"strings"
	"testing"
)

func TestNumberOf(t *testing.T) {
	for number, names := range map[Number]string{
		Singular: "order Order order_item orderItem address user_address status order_status analysis person child category class bus box key booking bonus canvas lens index matrix alias process access_level company house course case license",
		Plural: "orders Orders order_items OrderItems addresses statuses analyses people children categories classes buses boxes keys bookings bonuses canvases lenses indexes indices aliases companies houses cases licenses apis reviews schemas quotas areas personas " +
			"topics clinics criteria orders_2024 photos movies heroes skus",
		Unclear: "news data metadata user_data linkmetadata series settings user_settings preferences history order_history audit_log statistics analytics os gps sms orders_archived users_audit billing media 2024 x",
	} {
		for name := range strings.FieldsSeq(names) {
			if got := NumberOf(name); got != number {
				t.Errorf("%s: %q, want %q", name, got, number)
			}
		}
	}
}

func TestPlural(t *testing.T) {
	for one, many := range map[string]string{
		"order": "orders", "category": "categories", "key": "keys", "address": "addresses", "status": "statuses", "analysis": "analyses", "person": "people",
		"box": "boxes", "branch": "branches", "house": "houses", "alias": "aliases", "course": "courses", "movie": "movies", "child": "children", "day": "days", "case": "cases",
	} {
		if got := InPlural(one); got != many {
			t.Errorf("plural of %s: %s, want %s", one, got, many)
		}
		if got := InSingular(many); got != one {
			t.Errorf("singular of %s: %s, want %s", many, got, one)
		}
	}
	for _, same := range []string{"news", "status", "settings", "series", "address"} {
		if got := InSingular(same); got != same {
			t.Errorf("singular of %s: %s", same, got)
		}
	}
}
