//! The serde side: collects any `Serialize` into a [`Node`], refusing what has more than one spelling.
//!
//! `serde_json::to_value` won't do: it turns NaN into null and keeps the last of two equal keys, both silently.

use std::collections::BTreeMap;

use serde::ser::{self, Serialize};

use super::node::{Key, Node};
use super::{MAX_INTEGER, NotCanonical};

type Outcome = Result<Node, NotCanonical>;

/// Turns a value into a [`Node`].
pub(super) struct Collect;

/// Items of a list, wrapped in `{variant: …}` at the end where an enum's variant holds them.
pub(super) struct List {
    variant: Option<&'static str>,
    items: Vec<Node>,
}

/// Fields of an object, wrapped like [`List`].
pub(super) struct Object {
    variant: Option<&'static str>,
    fields: BTreeMap<Key, Node>,
    key: Option<String>,
}

fn integer(value: i128) -> Outcome {
    match i64::try_from(value) {
        Ok(small) if small.unsigned_abs() <= MAX_INTEGER => Ok(Node::Integer(small)),
        Ok(_) | Err(_) => Err(NotCanonical::Integer(value.to_string())),
    }
}

fn wrap(variant: Option<&'static str>, inner: Node) -> Node {
    match variant {
        Some(name) => Node::Object(BTreeMap::from([(Key(name.to_owned()), inner)])),
        None => inner,
    }
}

fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<String, NotCanonical> {
    match key.serialize(Collect)? {
        Node::Text(text) => Ok(text),
        Node::Null | Node::Truth(_) | Node::Integer(_) | Node::List(_) | Node::Object(_) => Err(NotCanonical::Key),
    }
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        self.items.push(value.serialize(Collect)?);
        Ok(())
    }

    fn done(self) -> Node {
        wrap(self.variant, Node::List(self.items))
    }
}

impl Object {
    fn put<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), NotCanonical> {
        let node = value.serialize(Collect)?;
        match self.fields.insert(Key(key.clone()), node) {
            Some(_) => Err(NotCanonical::Twice(key)),
            None => Ok(()),
        }
    }

    fn done(self) -> Node {
        wrap(self.variant, Node::Object(self.fields))
    }
}

macro_rules! integers {
    ($($method:ident $kind:ty),*) => {$(
        fn $method(self, value: $kind) -> Outcome {
            integer(i128::from(value))
        }
    )*};
}

impl ser::Serializer for Collect {
    type Ok = Node;
    type Error = NotCanonical;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Object;

    integers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128);
    integers!(serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64);

    fn serialize_u128(self, value: u128) -> Outcome {
        i128::try_from(value).map_err(|_| NotCanonical::Integer(value.to_string())).and_then(integer)
    }

    fn serialize_f32(self, _: f32) -> Outcome {
        Err(NotCanonical::Float)
    }

    fn serialize_f64(self, _: f64) -> Outcome {
        Err(NotCanonical::Float)
    }

    fn serialize_bool(self, value: bool) -> Outcome {
        Ok(Node::Truth(value))
    }

    fn serialize_char(self, value: char) -> Outcome {
        Ok(Node::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Outcome {
        Ok(Node::Text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Outcome {
        Ok(Node::List(value.iter().map(|byte| Node::Integer(i64::from(*byte))).collect()))
    }

    fn serialize_none(self) -> Outcome {
        Ok(Node::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Outcome {
        Ok(Node::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Outcome {
        Ok(Node::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Outcome {
        Ok(Node::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Outcome {
        value.serialize(self).map(|inner| wrap(Some(variant), inner))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, NotCanonical> {
        Ok(List { variant: None, items: Vec::new() })
    }

    fn serialize_tuple(self, _: usize) -> Result<List, NotCanonical> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List, NotCanonical> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List, NotCanonical> {
        Ok(List { variant: Some(variant), items: Vec::new() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object, NotCanonical> {
        Ok(Object { variant: None, fields: BTreeMap::new(), key: None })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object, NotCanonical> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object, NotCanonical> {
        Ok(Object { variant: Some(variant), fields: BTreeMap::new(), key: None })
    }
}

macro_rules! lists {
    ($($kind:ident $method:ident),*) => {$(
        impl ser::$kind for List {
            type Ok = Node;
            type Error = NotCanonical;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
                self.push(value)
            }

            fn end(self) -> Outcome {
                Ok(self.done())
            }
        }
    )*};
}

macro_rules! structs {
    ($($kind:ident),*) => {$(
        impl ser::$kind for Object {
            type Ok = Node;
            type Error = NotCanonical;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), NotCanonical> {
                self.put(key.to_owned(), value)
            }

            fn end(self) -> Outcome {
                Ok(self.done())
            }
        }
    )*};
}

lists!(SerializeSeq serialize_element, SerializeTuple serialize_element);
lists!(SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field);
structs!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Object {
    type Ok = Node;
    type Error = NotCanonical;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotCanonical> {
        self.key = Some(key_text(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        let key = self.key.take().ok_or(NotCanonical::Key)?;
        self.put(key, value)
    }

    fn end(self) -> Outcome {
        Ok(self.done())
    }
}
