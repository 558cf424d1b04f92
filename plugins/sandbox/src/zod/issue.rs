//! What is wrong with a value, as zod words and orders it.

use crate::js::{Text, Value, object};

/// A step on the way into a value.
#[derive(Clone)]
pub(super) enum Step {
    /// Into an object.
    Name(Text),
    /// Into an array.
    Index(u32),
}

fn path(steps: &[Step]) -> Value {
    let step = |step: &Step| match step {
        Step::Name(name) => Value::Text(name.clone()),
        Step::Index(index) => Value::integer(*index),
    };
    Value::List(steps.iter().map(step).collect())
}

/// The kind of a value, in zod's words.
pub(super) const fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(number)) if number.is_nan() => "nan",
        Some(Value::Number(_)) => "number",
        Some(Value::Text(_)) => "string",
        Some(Value::List(_)) => "array",
        Some(Value::Object(_) | Value::Raw(_)) => "object",
    }
}

fn wrong_type_message(expected: &str, received: &str) -> Value {
    if received == "undefined" {
        return Value::text("Required");
    }
    Value::text(format!("Expected {expected}, received {received}"))
}

/// The value is of another type.
pub(super) fn wrong_type(expected: &str, value: Option<&Value>, steps: &[Step]) -> Value {
    let received = kind(value);
    object([
        ("code", Value::text("invalid_type")),
        ("expected", Value::text(expected)),
        ("received", Value::text(received)),
        ("path", path(steps)),
        ("message", wrong_type_message(expected, received)),
    ])
}

/// The value is no string at all, where one of several was expected.
pub(super) fn no_choice(choices: &[&str], value: Option<&Value>, steps: &[Step]) -> Value {
    let received = kind(value);
    let expected = quoted(choices);
    object([
        ("expected", Value::text(expected.as_str())),
        ("received", Value::text(received)),
        ("code", Value::text("invalid_type")),
        ("path", path(steps)),
        ("message", wrong_type_message(&expected, received)),
    ])
}

/// The string is none of those that were expected.
pub(super) fn wrong_choice(choices: &[&str], received: &Text, steps: &[Step]) -> Value {
    let start = format!("Invalid enum value. Expected {}, received '", quoted(choices));
    object([
        ("received", Value::Text(received.clone())),
        ("code", Value::text("invalid_enum_value")),
        ("options", Value::List(choices.iter().map(|&choice| Value::text(choice)).collect())),
        ("path", path(steps)),
        ("message", Value::Text([start.as_str().into(), received.clone(), "'".into()].into_iter().collect())),
    ])
}

/// The value is not the one that was expected.
pub(super) fn wrong_literal(expected: &str, received: Option<&Value>, steps: &[Step]) -> Value {
    let message = format!("Invalid literal value, expected {}", Value::text(expected).to_json());
    let rest = [
        ("code", Value::text("invalid_literal")),
        ("expected", Value::text(expected)),
        ("path", path(steps)),
        ("message", Value::text(message)),
    ];
    let received = received.map(|value| ("received", value.clone()));
    Value::Object(received.into_iter().chain(rest).map(|(name, value)| (Text::from(name), value)).collect())
}

/// What has a size: its name in zod, and how its sizes are counted.
#[derive(Clone, Copy)]
pub(super) enum Sized {
    Text,
    Number,
    List,
}

/// A size out of bounds.
pub(super) fn wrong_size(sized: Sized, too_big: bool, limit: u32, steps: &[Step]) -> Value {
    let bound = if too_big { "at most" } else { "at least" };
    let (kind, message) = match sized {
        Sized::Text => ("string", format!("String must contain {bound} {limit} character(s)")),
        Sized::List => ("array", format!("Array must contain {bound} {limit} element(s)")),
        Sized::Number if too_big => ("number", format!("Number must be less than or equal to {limit}")),
        Sized::Number => ("number", format!("Number must be greater than or equal to {limit}")),
    };
    object([
        ("code", Value::text(if too_big { "too_big" } else { "too_small" })),
        (if too_big { "maximum" } else { "minimum" }, Value::integer(limit)),
        ("type", Value::text(kind)),
        ("inclusive", Value::Bool(true)),
        ("exact", Value::Bool(false)),
        ("message", Value::text(message)),
        ("path", path(steps)),
    ])
}

/// A number with a fraction.
pub(super) fn not_whole(steps: &[Step]) -> Value {
    object([
        ("code", Value::text("invalid_type")),
        ("expected", Value::text("integer")),
        ("received", Value::text("float")),
        ("message", Value::text("Expected integer, received float")),
        ("path", path(steps)),
    ])
}

/// A string of another form.
pub(super) fn wrong_form(validation: &str, message: &str, steps: &[Step]) -> Value {
    object([
        ("validation", Value::text(validation)),
        ("code", Value::text("invalid_string")),
        ("message", Value::text(message)),
        ("path", path(steps)),
    ])
}

/// None of several shapes fits; what each has against the value.
pub(super) fn no_member(errors: impl Iterator<Item = Vec<Value>>, steps: &[Step]) -> Value {
    object([
        ("code", Value::text("invalid_union")),
        ("unionErrors", Value::List(errors.map(zod_error).collect())),
        ("path", path(steps)),
        ("message", Value::text("Invalid input")),
    ])
}

/// The field that names the shape names none.
pub(super) fn wrong_tag(tags: &[&str], steps: &[Step]) -> Value {
    object([
        ("code", Value::text("invalid_union_discriminator")),
        ("options", Value::List(tags.iter().map(|&tag| Value::text(tag)).collect())),
        ("path", path(steps)),
        ("message", Value::text(format!("Invalid discriminator value. Expected {}", quoted(tags)))),
    ])
}

/// A rule of the handler's own.
pub(crate) fn custom(message: &str, field: &str) -> Value {
    object([
        ("code", Value::text("custom")),
        ("message", Value::text(message)),
        ("path", path(&[Step::Name(field.into())])),
    ])
}

/// The document that the client gets.
pub(crate) fn document(issues: Vec<Value>) -> Value {
    object([("success", Value::Bool(false)), ("error", zod_error(issues))])
}

fn zod_error(issues: Vec<Value>) -> Value {
    object([("issues", Value::List(issues)), ("name", Value::text("ZodError"))])
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" | ")
}
