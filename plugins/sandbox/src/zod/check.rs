//! Holding a value against a schema.
//!
//! The original validates asynchronously: a union's verdict is in only after everything around it has been
//! looked at, so its issues come last in the list, whatever field it stands in.

use url::Url;

use super::{
    NumberCheck, Schema, TextCheck,
    issue::{self, Sized, Step},
};
use crate::js::{Text, Value, number};

/// Checks a value; `None` stands for a missing one.
///
/// # Errors
/// The issues, in the order in which the original lists them.
pub(crate) fn parse(schema: &Schema, value: &Value) -> Result<Value, Vec<Value>> {
    let mut check = Check::default();
    match check.run(schema, Some(value)) {
        Ok(parsed) => Ok(parsed.unwrap_or(Value::Null)),
        Err(_) => Err(check.issues()),
    }
}

/// How a value failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    /// It has the right type and breaks a rule.
    Dirty,
    /// It has the wrong type.
    Aborted,
}

type Outcome = Result<Option<Value>, Failure>;

#[derive(Default)]
struct Check {
    path: Vec<Step>,
    now: Vec<Value>,
    later: Vec<Value>,
}

impl Check {
    fn issues(self) -> Vec<Value> {
        self.now.into_iter().chain(self.later).collect()
    }

    fn abort(&mut self, issue: Value) -> Outcome {
        self.now.push(issue);
        Err(Failure::Aborted)
    }

    fn wrong_type(&mut self, expected: &str, value: Option<&Value>) -> Outcome {
        let issue = issue::wrong_type(expected, value, &self.path);
        self.abort(issue)
    }

    fn run(&mut self, schema: &Schema, value: Option<&Value>) -> Outcome {
        match schema {
            Schema::Text(checks) => self.text(checks, value),
            Schema::Number { coerce, checks } => self.number(*coerce, checks, value),
            Schema::Bool => match value {
                Some(Value::Bool(_)) => Ok(value.cloned()),
                _ => self.wrong_type("boolean", value),
            },
            Schema::Literal(expected) => match value {
                Some(Value::Text(text)) if text.is(expected) => Ok(value.cloned()),
                _ => {
                    let issue = issue::wrong_literal(expected, value, &self.path);
                    self.abort(issue)
                }
            },
            Schema::Choice(choices) => self.choice(choices, value),
            Schema::List { item, max } => self.list(item, *max, value),
            Schema::Object(fields) => self.object(fields, value),
            Schema::Record => match value {
                Some(Value::Object(members)) => Ok(Some(record(members))),
                _ => self.wrong_type("object", value),
            },
            Schema::Union(options) => self.union(options, value),
            Schema::Tagged { tag, options } => self.tagged(tag, options, value),
            Schema::Optional(_) if value.is_none() => Ok(None),
            Schema::Nullable(_) if value == Some(&Value::Null) => Ok(Some(Value::Null)),
            Schema::Optional(inner) | Schema::Nullable(inner) => self.run(inner, value),
            Schema::Default(inner, default) => match value {
                Some(_) => self.run(inner, value),
                None => self.run(inner, Some(&default())),
            },
        }
    }

    fn text(&mut self, checks: &[TextCheck], value: Option<&Value>) -> Outcome {
        let Some(Value::Text(text)) = value else { return self.wrong_type("string", value) };
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let before = self.now.len();
        for check in checks {
            let issue = match check {
                TextCheck::Min(min) if length < *min => {
                    issue::wrong_size(Sized::Text, false, *min, &self.path)
                }
                TextCheck::Max(max) if length > *max => {
                    issue::wrong_size(Sized::Text, true, *max, &self.path)
                }
                TextCheck::Form(fits, message) if !fits(text) => {
                    issue::wrong_form("regex", message, &self.path)
                }
                TextCheck::Url if Url::parse(&text.to_lossy()).is_err() => {
                    issue::wrong_form("url", "Invalid url", &self.path)
                }
                _ => continue,
            };
            self.now.push(issue);
        }
        self.clean_since(before, value)
    }

    fn clean_since(&self, before: usize, value: Option<&Value>) -> Outcome {
        if self.now.len() > before { Err(Failure::Dirty) } else { Ok(value.cloned()) }
    }

    fn number(&mut self, coerce: bool, checks: &[NumberCheck], value: Option<&Value>) -> Outcome {
        let coerced;
        let value = if coerce {
            coerced = Value::Number(to_number(value));
            Some(&coerced)
        } else {
            value
        };
        let number = value.and_then(Value::as_number).unwrap_or(f64::NAN);
        if number.is_nan() {
            return self.wrong_type("number", value);
        }
        let before = self.now.len();
        for check in checks {
            let issue = match check {
                NumberCheck::Int if !number.is_finite() || number.trunc() != number => {
                    issue::not_whole(&self.path)
                }
                NumberCheck::Min(min) if number < f64::from(*min) => {
                    issue::wrong_size(Sized::Number, false, *min, &self.path)
                }
                NumberCheck::Max(max) if number > f64::from(*max) => {
                    issue::wrong_size(Sized::Number, true, *max, &self.path)
                }
                _ => continue,
            };
            self.now.push(issue);
        }
        self.clean_since(before, value)
    }

    fn choice(&mut self, choices: &[&str], value: Option<&Value>) -> Outcome {
        let issue = match value {
            Some(Value::Text(text)) if choices.iter().any(|choice| text.is(choice)) => {
                return Ok(value.cloned());
            }
            Some(Value::Text(text)) => issue::wrong_choice(choices, text, &self.path),
            _ => issue::no_choice(choices, value, &self.path),
        };
        self.abort(issue)
    }

    fn list(&mut self, item: &Schema, max: Option<u32>, value: Option<&Value>) -> Outcome {
        let Some(Value::List(items)) = value else { return self.wrong_type("array", value) };
        let mut worst = None;
        if let Some(max) = max
            && items.len() > usize::try_from(max).unwrap_or(usize::MAX)
        {
            self.now.push(issue::wrong_size(Sized::List, true, max, &self.path));
            worst = Some(Failure::Dirty);
        }
        let mut parsed = Vec::with_capacity(items.len());
        for (index, value) in (0..).zip(items) {
            self.path.push(Step::Index(index));
            match self.run(item, Some(value)) {
                Ok(value) => parsed.extend(value),
                Err(failure) => worst = worst.max(Some(failure)),
            }
            self.path.pop();
        }
        worst.map_or(Ok(Some(Value::List(parsed))), Err)
    }

    fn object(&mut self, fields: &[(&'static str, Schema)], value: Option<&Value>) -> Outcome {
        let Some(object @ Value::Object(_)) = value else { return self.wrong_type("object", value) };
        let mut worst = None;
        let mut parsed = Vec::with_capacity(fields.len());
        for (name, schema) in fields {
            self.path.push(Step::Name((*name).into()));
            match self.run(schema, object.get(name)) {
                Ok(value) => parsed.extend(value.map(|value| (Text::from(*name), value))),
                Err(failure) => worst = worst.max(Some(failure)),
            }
            self.path.pop();
        }
        worst.map_or(Ok(Some(Value::Object(parsed))), Err)
    }

    fn union(&mut self, options: &[Schema], value: Option<&Value>) -> Outcome {
        let mut failed = Vec::with_capacity(options.len());
        for option in options {
            let mut check = Self { path: self.path.clone(), ..Self::default() };
            match check.run(option, value) {
                Ok(value) => return Ok(value),
                Err(failure) => failed.push((failure, check.issues())),
            }
        }
        // A value of the right type that breaks a rule is taken to be meant as the first such option.
        if let Some(index) = failed.iter().position(|(failure, _)| *failure == Failure::Dirty) {
            self.later.extend(failed.swap_remove(index).1);
            return Err(Failure::Dirty);
        }
        self.later.push(issue::no_member(failed.into_iter().map(|(_, issues)| issues), &self.path));
        Err(Failure::Aborted)
    }

    fn tagged(
        &mut self,
        tag: &'static str,
        options: &[(&'static str, Schema)],
        value: Option<&Value>,
    ) -> Outcome {
        let Some(object @ Value::Object(_)) = value else { return self.wrong_type("object", value) };
        let named = object.get(tag).and_then(Value::as_text);
        match options.iter().find(|(name, _)| named.is_some_and(|named| named.is(name))) {
            Some((_, schema)) => self.run(schema, value),
            None => {
                let tags: Vec<_> = options.iter().map(|(name, _)| *name).collect();
                self.path.push(Step::Name(tag.into()));
                let issue = issue::wrong_tag(&tags, &self.path);
                self.path.pop();
                self.abort(issue)
            }
        }
    }
}

/// Any fields but `__proto__`, which the original loses when it copies the object.
fn record(members: &[(Text, Value)]) -> Value {
    Value::Object(members.iter().filter(|(name, _)| !name.is("__proto__")).cloned().collect())
}

/// `Number(value)` of what a query can hold: a string, several of them, or nothing.
fn to_number(value: Option<&Value>) -> f64 {
    value.and_then(Value::as_text).map_or(f64::NAN, number::read)
}
