//! What a comparison found: where on both sides, what, and what would mend it.

use std::collections::BTreeSet;

use crate::seam::openapi::{OperationKey, Spot};

/// Whether something broke, or can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All that was relied on is there.
    Compatible,
    /// Something can't be told.
    Unknown,
    /// Something that was relied on isn't there.
    Broken,
}

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A path or a method is gone, or has another name.
    OperationRemoved,
    /// A named schema is gone.
    SchemaRemoved,
    /// A field that is answered or taken is gone, or has another name.
    FieldRemoved,
    /// A field that was always answered may be missing.
    FieldOptional,
    /// A parameter is gone.
    ParameterRemoved,
    /// A parameter, a field or a body must be sent that needn't be before.
    InputRequired,
    /// A value that could be sent is refused, or one comes that wasn't announced.
    Value,
    /// A type, a format or a limit takes less, or answers more.
    Type,
    /// An answer, a header or a media type is gone.
    AnswerRemoved,
    /// Others than before may call it.
    Access,
    /// It can't be told whether it still fits.
    Unknown,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// Where it stands in the contract that was relied on; the nearest place where it can't stand itself.
    pub relied: Option<Spot>,
    /// Where it stands, or would stand, in the contract that is promised.
    pub promised: Option<Spot>,
    /// What, in a sentence without its end.
    pub what: String,
    /// What would mend it.
    pub mend: String,
}

/// All that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compatibility {
    /// The findings, in the order of the contract that was relied on.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub left_off: usize,
}

/// What of a contract is relied on, where it isn't all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reliance {
    /// The operations that are called.
    pub operations: BTreeSet<OperationKey>,
    /// The fields that are read, as schema and field. None: all fields of what the operations answer.
    pub fields: BTreeSet<(String, String)>,
}

impl FindingKind {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::OperationRemoved => "operation_removed",
            Self::SchemaRemoved => "schema_removed",
            Self::FieldRemoved => "field_removed",
            Self::FieldOptional => "field_optional",
            Self::ParameterRemoved => "parameter_removed",
            Self::InputRequired => "input_required",
            Self::Value => "value",
            Self::Type => "type",
            Self::AnswerRemoved => "answer_removed",
            Self::Access => "access",
            Self::Unknown => "unknown",
        }
    }
}

impl Compatibility {
    /// The worst of what was found.
    pub fn verdict(&self) -> Verdict {
        let of = |finding: &Finding| match finding.kind {
            FindingKind::Unknown => Verdict::Unknown,
            _ => Verdict::Broken,
        };
        let worst = self.findings.iter().map(of).max().unwrap_or(Verdict::Compatible);
        // what was left off isn't known to be harmless
        if self.left_off > 0 { worst.max(Verdict::Unknown) } else { worst }
    }
}

impl Reliance {
    /// Whether a field of a schema is read; of a schema without a name all fields are.
    pub(super) fn reads(&self, schema: Option<&str>, field: &str) -> bool {
        let Some(schema) = schema else { return true };
        self.fields.is_empty() || self.fields.contains(&(schema.to_owned(), field.to_owned()))
    }
}
