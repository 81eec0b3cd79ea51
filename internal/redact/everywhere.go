package redact

import "reflect"

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
		for i := range v.NumField() {
			maskValue(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
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
