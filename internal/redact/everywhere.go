package redact

import (
	"reflect"
	"sync"
)

// MaskEverywhere hides the credentials in every string that a value contains. It is
// the last step before output. v is a pointer.
func MaskEverywhere(v any) { maskValue(reflect.ValueOf(v)) }

func maskValue(v reflect.Value) {
	if !v.CanInterface() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			maskValue(v.Elem())
		}
	case reflect.Interface:
		if s, ok := v.Interface().(string); ok && v.CanSet() {
			v.Set(reflect.ValueOf(MaskSecrets(s)))
		} else if v.Elem().Kind() == reflect.Pointer {
			maskValue(v.Elem())
		}
	case reflect.Struct:
		for _, i := range textFields(v.Type()) {
			maskValue(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		if !holdsText(v.Type().Elem()) {
			return
		}
		for i := range v.Len() {
			maskValue(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if s, ok := v.MapIndex(key).Interface().(string); ok {
				v.SetMapIndex(key, reflect.ValueOf(MaskSecrets(s)))
			}
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(MaskSecrets(v.String()))
		}
	}
}

// ofTypes are the results of textFields, by type: a report has few types and many values.
var ofTypes sync.Map

// textFields returns the exported fields of a struct that can hold strings.
func textFields(t reflect.Type) []int {
	if known, ok := ofTypes.Load(t); ok {
		return known.([]int)
	}
	fields := []int{}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && holdsText(f.Type) {
			fields = append(fields, i)
		}
	}
	ofTypes.Store(t, fields)
	return fields
}

// holdsText reports whether a value of a type can hold strings. Of types that refer to
// others it is taken to.
func holdsText(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice:
		return true
	case reflect.Array:
		return holdsText(t.Elem())
	case reflect.Struct:
		return len(textFields(t)) > 0
	}
	return false
}
