//! Reads one git object, refusing a damaged one before libgit2 sees it.
//!
//! libgit2 1.9 inflates a truncated loose object for ever: its loop takes "no more input" for progress. So each loose object
//! is inflated here first, with an end; a packed one has its own checksum and length.

use std::fs;
use std::io;
use std::path::PathBuf;

use git2::{Commit, Error, ObjectType, Oid, Repository, Tree};
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// More than any object of a ledger: a damaged length must not take the memory.
const MAX_OBJECT: usize = 64 * 1024 * 1024;

pub(super) fn commit(repo: &Repository, oid: Oid) -> Result<Commit<'_>, Error> {
    sound(repo, oid)?;
    repo.find_commit(oid)
}

pub(super) fn tree(repo: &Repository, oid: Oid) -> Result<Tree<'_>, Error> {
    sound(repo, oid)?;
    repo.find_tree(oid)
}

pub(super) fn blob(repo: &Repository, oid: Oid) -> Result<Vec<u8>, Error> {
    sound(repo, oid)?;
    repo.find_blob(oid).map(|blob| blob.content().to_vec())
}

/// Where a loose object lies.
pub(super) fn loose_path(repo: &Repository, oid: Oid) -> PathBuf {
    let digits = oid.to_string();
    let (fan, rest) = digits.split_at_checked(2).unwrap_or(("", &digits));
    repo.path().join("objects").join(fan).join(rest)
}

/// Refuses a loose object whose bytes aren't those that its id promises. One that isn't loose is left to libgit2.
fn sound(repo: &Repository, oid: Oid) -> Result<(), Error> {
    let packed = match fs::read(loose_path(repo, oid)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::from_str(&format!("object {oid}: {error}"))),
    };
    let damaged = || Error::from_str(&format!("object {oid} is truncated or damaged"));
    let bytes = decompress_to_vec_zlib_with_limit(&packed, MAX_OBJECT).map_err(|_| damaged())?;
    let end = bytes.iter().position(|byte| *byte == 0).ok_or_else(damaged)?;
    let (header, body) = bytes.split_at(end);
    let body = body.get(1..).ok_or_else(damaged)?;
    let (kind, length) = std::str::from_utf8(header).ok().and_then(|h| h.split_once(' ')).ok_or_else(damaged)?;
    let kind = ObjectType::from_str(kind).ok_or_else(damaged)?;
    if length == body.len().to_string() && Oid::hash_object(kind, body)? == oid { Ok(()) } else { Err(damaged()) }
}
