//! Parts of an OpenAPI document: its operations, the fields of its schemas and answers, the values of its enumerations. A
//! reference that couldn't be followed may hide names: then nothing can be told.

use crate::plan::seam::{OpenApiPart, Side, Source};
use crate::seam::Found;
use crate::seam::document::Document;
use crate::seam::openapi::{Contract, Listing, OperationKey};

pub(super) fn found(document: &Document, source: &Source, part: OpenApiPart, side: Side) -> Result<Vec<Found>, String> {
    let contract = Contract::of(document).map_err(|fault| fault.to_string())?;
    match part {
        OpenApiPart::Operations => {
            let operations = contract.all_operations().map_err(|(spot, why)| format!("line {}: {why}", spot.line))?;
            let found = operations.into_iter().map(|operation| Found {
                text: format!("{} {}", operation.method, operation.path),
                line: operation.place.spot().line,
            });
            Ok(found.collect())
        }
        OpenApiPart::Fields => {
            // what is only ever sent comes from nobody who produces it
            let fields = |name: &str| match side {
                Side::Producer => contract.fields_answered(name),
                Side::Consumer => contract.fields(name),
            };
            if let Some(name) = &source.schema {
                return told(fields(name).ok_or_else(|| no_schema(&contract, name))?);
            }
            let mut all = Vec::new();
            for listing in contract.schema_names().into_iter().filter_map(fields) {
                all.extend(told(listing)?);
            }
            Ok(all)
        }
        OpenApiPart::Answered => {
            let written = source.operation.as_deref().unwrap_or_default();
            let operation = written.parse::<OperationKey>().map_err(|fault| fault.to_string())?;
            let nothing = || format!("it has no operation {operation}, or says nothing of what that answers");
            told(contract.answered(&operation).ok_or_else(nothing)?)
        }
        OpenApiPart::Values => {
            let (name, field) = (source.schema.as_deref().unwrap_or_default(), source.field.as_deref());
            let place = field.map_or_else(|| name.to_owned(), |field| format!("{name}.{field}"));
            told(contract.values(name, field).ok_or_else(|| format!("{place} is no enumeration there"))?)
        }
    }
}

fn told(listing: Listing) -> Result<Vec<Found>, String> {
    if let Some((spot, why)) = listing.unknown.first() {
        return Err(format!("line {}: {why}", spot.line));
    }
    Ok(listing.fields.into_iter().map(|field| Found { text: field.name, line: field.spot.line }).collect())
}

fn no_schema(contract: &Contract<'_>, name: &str) -> String {
    let names = contract.schema_names();
    let listed = names.iter().take(12).copied().collect::<Vec<_>>().join(", ");
    format!("it has no schema {name}; there are: {listed}")
}
