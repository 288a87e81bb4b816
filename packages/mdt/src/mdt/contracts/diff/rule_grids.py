"""The rules as grids: a row is one event, its letters are the severities at the places of the grid: e err, w warn, i info, - no rule.

Ids and severities mean what they mean in oasdiff (https://github.com/oasdiff/oasdiff, checker/rules.go).
"""

from mdt.language import N_

_RAISED = N_("{subject}: {new} is more than {old} was")
_LOWERED = N_("{subject}: {new} is less than {old} was")
_SET = N_("{subject} got the limit {new}")
_UNSET = N_("{subject} lost the limit {old}")
_VALUE_ADDED = N_("{subject} got the value {new}")
_VALUE_REMOVED = N_("{subject} lost the value {old}")
_ENUM = N_("{subject} allows only {new} now")
_TYPE = N_("{subject} changed its type from {old} to {new}")
_WIDER = N_("{subject} allows more types: {new} in place of {old}")
_NARROWER = N_("{subject} allows fewer types: {new} in place of {old}")
_NULLABLE = N_("{subject} may be null now")
_NOT_NULLABLE = N_("{subject} may not be null any more")
_REQUIRED = N_("{subject} became required")
_OPTIONAL = N_("{subject} became optional")
_PATTERN_ADDED = N_("{subject} got the pattern {new}")
_PATTERN_REMOVED = N_("{subject} lost the pattern {old}")
_PATTERN = N_("{subject} changed its pattern from {old} to {new}")
_DEFAULT_ADDED = N_("{subject} got the default {new}")
_DEFAULT_REMOVED = N_("{subject} lost the default {old}")
_DEFAULT = N_("{subject} changed its default from {old} to {new}")
_CONST_ADDED = N_("{subject} is always {new} now")
_CONST_REMOVED = N_("{subject} is not always {old} any more")
_CONST = N_("{subject} is always {new}, was {old}")
_BRANCH_ADDED = N_("{subject} got the alternative {new}")
_BRANCH_REMOVED = N_("{subject} lost the alternative {old}")
_PART_ADDED = N_("{subject} must fulfil {new} too")
_PART_REMOVED = N_("{subject} need not fulfil {old} any more")
_WRAPPED = N_("{subject} became one of several alternatives")
_ADDED = N_("{subject} is new")
_REMOVED = N_("{subject} was removed")
_READ_ONLY = N_("{subject} became read-only")
_NOT_READ_ONLY = N_("{subject} is not read-only any more")
_WRITE_ONLY = N_("{subject} became write-only")
_NOT_WRITE_ONLY = N_("{subject} is not write-only any more")
_MEDIA_ADDED = N_("{subject} got the media type {new}")
_MEDIA_REMOVED = N_("{subject} lost the media type {old}")
_DEPRECATED = N_("{subject} is deprecated")
_SUNSET = N_("{subject} is deprecated and goes on {new}")
_REACTIVATED = N_("{subject} is not deprecated any more")
_EARLY = N_("{subject} was removed before its sunset, {old}")
_WAS_DEPRECATED = N_("{subject} was removed; it was deprecated")
_SECURITY_ADDED = N_("{subject} got the security requirement {new}")
_SECURITY_REMOVED = N_("{subject} lost the security requirement {old}")
_SCOPE_ADDED = N_("{subject} asks for the scope {new} too")
_SCOPE_REMOVED = N_("{subject} asks for the scope {old} no more")
_SUNSET_GONE = N_("{subject} is deprecated and lost its sunset, {old}")
_NO_DATE = N_("{subject} has a sunset that is no date, {new}")
_TAG_ADDED = N_("{subject} got the tag {new}")
_TAG_REMOVED = N_("{subject} lost the tag {old}")
_ID_ADDED = N_("{subject} got the operationId {new}")
_ID_REMOVED = N_("{subject} changed its operationId {old} to {new}")

_CHANGED = N_("{subject}: {new} in place of {old}")

KEYWORDS = (  # a schema that gets one of these accepts less, one that loses it accepts more
    *("if", "then", "else", "contains", "property-names", "pattern-property", "dependent-required"),
    *("dependent-schema", "unevaluated-items", "unevaluated-properties"),
)
BODIES = ("request-body", "request-property", "response-body", "response-property")
PARAMETERS = ("request-parameter", "request-parameter-property")

SCHEMAS: dict[str, tuple[str, str]] = {  # at BODIES
    **{f"{bound}-decreased": (_LOWERED, "ee--") for bound in ("max", "exclusive-max", "max-length")},
    **{f"{bound}-increased": (_RAISED, "iiee") for bound in ("max", "exclusive-max", "max-length")},
    **{f"{bound}-increased": (_RAISED, "ee--") for bound in ("min", "exclusive-min", "min-length")},
    **{f"{bound}-decreased": (_LOWERED, "iiee") for bound in ("min", "exclusive-min", "min-length")},
    "min-items-increased": (_RAISED, "ee--"),
    "min-items-decreased": (_LOWERED, "--ee"),
    "min-items-unset": (_UNSET, "--ee"),
    "max-length-unset": (_UNSET, "--ee"),
    **{f"{bound}-set": (_SET, "ww--") for bound in ("max", "exclusive-max", "max-length", "min", "exclusive-min")},
    "min-contains-increased": (_RAISED, "eeii"),
    "min-contains-decreased": (_LOWERED, "iiee"),
    "max-contains-increased": (_RAISED, "iiee"),
    "max-contains-decreased": (_LOWERED, "eeii"),
    "enum-value-added": (_VALUE_ADDED, "-i-w"),
    "enum-value-removed": (_VALUE_REMOVED, "ee-i"),
    "became-enum": (_ENUM, "ee--"),
    "const-added": (_CONST_ADDED, "eeii"),
    "const-removed": (_CONST_REMOVED, "iiee"),
    "const-changed": (_CONST, "eeee"),
    "type-changed": (_TYPE, "eeee"),
    "type-generalized": (_TYPE, "iiee"),
    "type-specialized": (_TYPE, "--ii"),
    "type-compatible": (_TYPE, "iiii"),
    "list-of-types-widened": (_WIDER, "iiee"),
    "list-of-types-narrowed": (_NARROWER, "eeii"),
    "became-nullable": (_NULLABLE, "iiee"),
    "became-not-nullable": (_NOT_NULLABLE, "eeii"),
    "became-required": (_REQUIRED, "-e-i"),
    "became-required-with-default": (_REQUIRED, "-e--"),
    "became-optional": (_OPTIONAL, "-i-e"),
    "pattern-added": (_PATTERN_ADDED, "-e-i"),
    "pattern-removed": (_PATTERN_REMOVED, "-i-i"),
    "pattern-changed": (_PATTERN, "-w-i"),
    "pattern-generalized": (_PATTERN, "-i--"),
    "default-value-added": (_DEFAULT_ADDED, "iiii"),
    "default-value-removed": (_DEFAULT_REMOVED, "iiii"),
    "default-value-changed": (_DEFAULT, "iiii"),
    "one-of-added": (_BRANCH_ADDED, "iiee"),
    "one-of-removed": (_BRANCH_REMOVED, "eeii"),
    "any-of-added": (_BRANCH_ADDED, "iiii"),
    "any-of-removed": (_BRANCH_REMOVED, "eeii"),
    "all-of-added": (_PART_ADDED, "eeii"),
    "all-of-removed": (_PART_REMOVED, "wwii"),
    "all-of-added-annotation-only": (_PART_ADDED, "iiii"),
    "all-of-removed-annotation-only": (_PART_REMOVED, "iiii"),
    "wrapped-in-one-of": (_WRAPPED, "e-e-"),
    **{f"{keyword}-added": (_PART_ADDED, "eeii") for keyword in KEYWORDS},
    **{f"{keyword}-removed": (_PART_REMOVED, "iiee") for keyword in KEYWORDS},
    "prefix-items-added": (_PART_ADDED, "iiee"),
    "prefix-items-removed": (_PART_REMOVED, "eeii"),
    "dependent-required-changed": (_CHANGED, "eeee"),
    "content-media-type-changed": (_CHANGED, "eeee"),
    "content-encoding-changed": (_CHANGED, "eeee"),
}
PARAMETER_SCHEMAS: dict[str, tuple[str, str]] = {  # at PARAMETERS
    **{f"{bound}-decreased": (_LOWERED, "e-") for bound in ("max", "exclusive-max", "max-length", "max-items")},
    **{f"{bound}-increased": (_RAISED, "i-") for bound in ("max", "exclusive-max", "max-length", "max-items")},
    **{f"{bound}-increased": (_RAISED, "e-") for bound in ("min", "exclusive-min", "min-length", "min-items")},
    **{f"{bound}-decreased": (_LOWERED, "i-") for bound in ("min", "exclusive-min", "min-length", "min-items")},
    **{f"{bound}-set": (_SET, "w-") for bound in ("max", "exclusive-max", "max-length", "min", "exclusive-min")},
    "enum-value-added": (_VALUE_ADDED, "ii"),
    "enum-value-removed": (_VALUE_REMOVED, "ee"),
    "became-enum": (_ENUM, "e-"),
    "type-changed": (_TYPE, "ew"),
    "type-generalized": (_TYPE, "ii"),
    "type-specialized": (_TYPE, "-e"),
    "list-of-types-widened": (_WIDER, "ii"),
    "list-of-types-narrowed": (_NARROWER, "ee"),
    "became-nullable": (_NULLABLE, "ii"),
    "became-not-nullable": (_NOT_NULLABLE, "ee"),
    "pattern-added": (_PATTERN_ADDED, "e-"),
    "pattern-removed": (_PATTERN_REMOVED, "i-"),
    "pattern-changed": (_PATTERN, "w-"),
    "pattern-generalized": (_PATTERN, "i-"),
    "default-value-added": (_DEFAULT_ADDED, "e-"),
    "default-value-removed": (_DEFAULT_REMOVED, "e-"),
    "default-value-changed": (_DEFAULT, "e-"),
    "became-required": (_REQUIRED, "e-"),
    "became-optional": (_OPTIONAL, "i-"),
    "deprecated": (_DEPRECATED, "i-"),
    "reactivated": (_REACTIVATED, "i-"),
    "removed": (_REMOVED, "w-"),
    "removed-with-deprecation": (_WAS_DEPRECATED, "i-"),
    "removed-before-sunset": (_EARLY, "e-"),
}
SINGLE: dict[str, tuple[str, str]] = {
    "api-path-removed-without-deprecation": (_REMOVED, "e"),
    "api-path-removed-with-deprecation": (_WAS_DEPRECATED, "i"),
    "api-path-removed-before-sunset": (_EARLY, "e"),
    "api-removed-without-deprecation": (_REMOVED, "e"),
    "api-removed-with-deprecation": (_WAS_DEPRECATED, "i"),
    "api-removed-before-sunset": (_EARLY, "e"),
    "endpoint-added": (_ADDED, "i"),
    "endpoint-deprecated": (_DEPRECATED, "i"),
    "endpoint-deprecated-with-sunset": (_SUNSET, "i"),
    "endpoint-reactivated": (_REACTIVATED, "i"),
    "api-operation-id-added": (_ID_ADDED, "i"),
    "api-operation-id-removed": (_ID_REMOVED, "i"),
    "api-tag-added": (_TAG_ADDED, "i"),
    "api-tag-removed": (_TAG_REMOVED, "i"),
    "api-security-added": (_SECURITY_ADDED, "i"),
    "api-security-removed": (_SECURITY_REMOVED, "i"),
    "api-global-security-added": (_SECURITY_ADDED, "i"),
    "api-global-security-removed": (_SECURITY_REMOVED, "i"),
    "api-security-scope-added": (_SCOPE_ADDED, "i"),
    "api-security-scope-removed": (_SCOPE_REMOVED, "i"),
    "api-global-security-scope-added": (_SCOPE_ADDED, "i"),
    "api-global-security-scope-removed": (_SCOPE_REMOVED, "i"),
    "sunset-deleted": (_SUNSET_GONE, "e"),
    "api-deprecated-sunset-parse": (_NO_DATE, "e"),
    "api-path-sunset-parse": (_NO_DATE, "e"),
    "webhook-added": (_ADDED, "i"),
    "webhook-removed": (_REMOVED, "e"),
    "new-required-request-parameter": (_ADDED, "e"),
    "new-optional-request-parameter": (_ADDED, "i"),
    "new-request-path-parameter": (_ADDED, "e"),
    "request-body-added-required": (_ADDED, "e"),
    "request-body-added-optional": (_ADDED, "i"),
    "request-body-removed": (_REMOVED, "e"),
    "request-body-became-required": (_REQUIRED, "e"),
    "request-body-became-optional": (_OPTIONAL, "i"),
    "request-body-media-type-added": (_MEDIA_ADDED, "i"),
    "request-body-media-type-removed": (_MEDIA_REMOVED, "e"),
    "request-property-removed": (_REMOVED, "w"),
    "new-required-request-property": (_ADDED, "e"),
    "new-required-request-property-with-default": (_ADDED, "e"),
    "new-optional-request-property": (_ADDED, "i"),
    "request-read-only-property-enum-value-removed": (_VALUE_REMOVED, "i"),
    "request-read-only-property-max-decreased": (_LOWERED, "i"),
    "request-read-only-property-exclusive-max-decreased": (_LOWERED, "i"),
    "request-read-only-property-max-length-decreased": (_LOWERED, "i"),
    "request-read-only-property-min-increased": (_RAISED, "i"),
    "request-read-only-property-exclusive-min-increased": (_RAISED, "i"),
    "response-media-type-added": (_MEDIA_ADDED, "i"),
    "response-media-type-removed": (_MEDIA_REMOVED, "e"),
    "response-mediatype-enum-value-removed": (_VALUE_REMOVED, "i"),
    "response-success-status-added": (_ADDED, "i"),
    "response-success-status-removed": (_REMOVED, "e"),
    "response-non-success-status-added": (_ADDED, "i"),
    "response-non-success-status-removed": (_REMOVED, "i"),
    "response-required-property-added": (_ADDED, "i"),
    "response-required-property-removed": (_REMOVED, "e"),
    "response-optional-property-added": (_ADDED, "i"),
    "response-optional-property-removed": (_REMOVED, "w"),
    "response-required-write-only-property-added": (_ADDED, "i"),
    "response-required-write-only-property-removed": (_REMOVED, "i"),
    "response-optional-write-only-property-added": (_ADDED, "i"),
    "response-optional-write-only-property-removed": (_REMOVED, "i"),
    "response-write-only-property-enum-value-added": (_VALUE_ADDED, "i"),
    "response-write-only-property-became-required": (_REQUIRED, "i"),
    "response-write-only-property-became-optional": (_OPTIONAL, "i"),
    **{
        f"{direction}-{kind}-property-became-{mode}": (text, "i")
        for direction in ("request", "response")
        for kind in ("required", "optional")
        for mode, text in (
            ("read-only", _READ_ONLY),
            ("not-read-only", _NOT_READ_ONLY),
            ("write-only", _WRITE_ONLY),
            ("not-write-only", _NOT_WRITE_ONLY),
        )
    },
    "response-required-property-became-not-write-only": (_NOT_WRITE_ONLY, "w"),
    "response-header-added": (_ADDED, "i"),
    "required-response-header-removed": (_REMOVED, "e"),
    "optional-response-header-removed": (_REMOVED, "w"),
    "response-header-became-optional": (_OPTIONAL, "e"),
    "response-header-became-nullable": (_NULLABLE, "e"),
    "response-header-became-not-nullable": (_NOT_NULLABLE, "i"),
    "response-header-type-changed": (_TYPE, "e"),
    "response-header-type-generalized": (_TYPE, "e"),
    "response-header-type-specialized": (_TYPE, "i"),
    "response-header-type-compatible": (_TYPE, "i"),
}
