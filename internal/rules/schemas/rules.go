// Package schemas has the rules on the design of a schema.
//
// A rule's file holds the rule, its thresholds and what nobody else uses. What
// several rules share is in a file named by its subject.
package schemas

import "github.com/pgverdict/pgverdict/internal/rule"

// Rules are the rules on schemas. What is not in this list does not run.
var Rules = []*rule.Rule{
	// keys
	&noPrimaryKey, &junctionWithoutKey, &randomUUIDKey, &intKey, &serialNotIdentity,
	&naturalPrimaryKey, &intCounter, &sequenceNarrowerThanColumn, &identityByDefault,
	&fkMissing, &fkTypeMismatch, &duplicateFK, &fkOnDeleteImplicit,
	&fkSetNullOnNotNull, &fkNotWhole, &intersectingFK, &fkDeferrable, &fkCycle, &fkCascadeChain, &tenantFKCrosses,
	// values
	&softDeleteUnique, &softDeleteIndexNotPartial,
	&nullableColumn, &allColumnsNullable, &nullableBoolean, &missingCheck, &constraintNotValid, &polymorphicReference,
	&missingUnique, &uniqueNullable, &uniqueImplied, &overlapWithoutExclude, &entityAttributeValue, &duplicatedFact,
	// indexes
	&indexOnBoolean, &btreeOnArray, &btreeOnJSON, &hashIndex, &jsonbGINDefaultOps, &indexTimestampInMiddle,
	&indexNameOrValidity, &indexTooMany, &indexSpeculative, &missingGiST, &extendedStatisticsCandidate,
	// access
	&rlsWithoutPolicy, &policyWithoutRLS, &rlsPolicyAlwaysTrue, &multiplePermissivePolicies, &rlsNotForced, &rlsPolicyPerRow, &rlsPolicyUnindexed,
	&tenantWithoutRLS, &tenantNotInUnique, &tenantColumnMissing,
	&viewBypassesRLS, &securityDefinerSearchPath, &publicCreate, &grantsToPublic, &extensionInPublic, &sqlASCII, &noComment,
	&auditColumnsMissing, &actorColumnsMissing, &updatedAtUnmaintained, &historyQuestion,
	&triggerChain, &triggerPerRowHeavy, &rewriteRule, &tableInheritance, &partitionWithoutDefault, &partitionKeyNotInPK, &partitionGap,
	// seeds
	&seedNotIdempotent, &seedKeyCollides,
	// types
	&timestampWithoutTZ, &timetz, &timestampPrecision, &uuidAsText, &moneyType, &moneyAsFloat, &floatExactness, &numericUnbounded, &jsonNotJSONB, &charN, &varcharLimit,
	&booleanAsNumber, &enumType, &arrayAsRelation, &commaList, &largeObject, &temporalAsText, &numberAsText, &regTypeColumn, &inconsistentColumnType, &columnAlignment,
	// names
	&namingTable, &namingColumn, &namingFKColumn, &reservedWordName, &quotedName, &mixedConventions,
	// shape
	&repeatedColumns, &wideTable, &oneColumnTable, &isolatedTable, &oneToOneSplit,
}
