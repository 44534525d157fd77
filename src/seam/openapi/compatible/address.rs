//! Finds operations by their full address: what stands before a path counts like the path.

use std::collections::BTreeMap;

use crate::seam::openapi::{Contract, Operation, OperationKey};

/// Operations by what tells them apart, with and without what stands before each path.
pub(super) struct Keys<'o, 'a> {
    full: BTreeMap<OperationKey, &'o Operation<'a>>,
    plain: BTreeMap<OperationKey, &'o Operation<'a>>,
    /// Those of which nothing says what stands before their path.
    free: BTreeMap<OperationKey, &'o Operation<'a>>,
}

/// Where an operation that was relied on stands.
pub(super) enum At<'o, 'a> {
    /// At its full address; or at its path, where nobody relied on more.
    Address(&'o Operation<'a>),
    /// At its path, and nothing says whether that still is below the same.
    Path(&'o Operation<'a>),
    /// Not where it was.
    Nowhere {
        /// What stood before its path.
        below: Option<String>,
    },
}

impl<'o, 'a> Keys<'o, 'a> {
    pub(super) fn of(contract: &Contract<'a>, operations: &'o [Operation<'a>]) -> Self {
        let (mut full, mut plain, mut free) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for operation in operations {
            let prefixes = contract.prefixes_of(operation);
            plain.insert(operation.key(), operation);
            if prefixes.is_empty() {
                free.insert(operation.key(), operation);
            }
            full.extend(prefixes.iter().map(|prefix| (below(prefix, operation), operation)));
        }
        Self { full, plain, free }
    }

    /// The operation at every address at which it was; who calls it uses one of them.
    pub(super) fn find(&self, prefixes: Vec<String>, wanted: &Operation<'a>) -> At<'o, 'a> {
        let nowhere = |below: Option<String>| At::Nowhere { below };
        if prefixes.is_empty() {
            return self.plain.get(&wanted.key()).map_or_else(|| nowhere(None), |at| At::Address(at));
        }
        let mut first = None;
        for prefix in prefixes {
            let key = below(&prefix, wanted);
            // without a word the path is all of the address
            let found = self.full.get(&key).or_else(|| self.free.get(&key)).map(|at| At::Address(at));
            match found.or_else(|| self.free.get(&wanted.key()).map(|at| At::Path(at))) {
                None => return nowhere(Some(prefix)),
                Some(at) => first = first.or(Some(at)),
            }
        }
        first.unwrap_or_else(|| nowhere(None))
    }
}

fn below(prefix: &str, operation: &Operation<'_>) -> OperationKey {
    OperationKey::new(&operation.method, &format!("{prefix}{}", operation.path))
}
