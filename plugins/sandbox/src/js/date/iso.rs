//! ISO 8601, as far as the language's standard goes: `2026-11-23T04:36:13.569Z`, any tail of it left out
//! from the right, years of six digits with a sign, offsets with or without a colon.

use super::{
    Date,
    tokens::{Token, Tokens, Word, milliseconds},
};

/// Reads an ISO date. `None`: this can't be a date. `Some(None)`: it was one. `Some(Some(token))`: it wasn't, and
/// the lenient reading goes on from this token with what is filled in already.
pub(super) fn read(tokens: &mut Tokens<'_>, date: &mut Date) -> Option<Option<Token>> {
    if let Some(sign) = tokens.peek().sign() {
        let sign_token = tokens.next();
        let Some(year) = tokens.peek().fixed(6) else { return Some(Some(sign_token)) };
        tokens.next();
        if sign < 0 && year == 0 {
            return Some(Some(sign_token));
        }
        date.day.add(sign * year);
    } else if let Some(year) = tokens.peek().fixed(4) {
        tokens.next();
        date.day.add(year);
    } else {
        return Some(Some(tokens.next()));
    }
    for range in [1..=12, 1..=31] {
        if !tokens.skip('-') {
            break;
        }
        let Some(number) = tokens.peek().fixed_in(2, range) else { return Some(Some(tokens.next())) };
        tokens.next();
        date.day.add(number);
    }
    if matches!(tokens.peek(), Token::Word(Word::TimeFollows, _)) {
        tokens.next();
        // From here on there is no way back.
        read_time(tokens, date)?;
    } else if tokens.peek() == Token::End {
        date.zone.set(0);
    } else {
        return Some(Some(tokens.next()));
    }
    date.day.iso = true;
    Some(None)
}

fn read_time(tokens: &mut Tokens<'_>, date: &mut Date) -> Option<()> {
    let hour = tokens.next().fixed_in(2, 0..=24)?;
    // Midnight may be written as the end of the day.
    let last = if hour == 24 { 0 } else { 59 };
    date.time.add(hour);
    if !tokens.skip(':') {
        return None;
    }
    date.time.add(tokens.next().fixed_in(2, 0..=last)?);
    if tokens.skip(':') {
        date.time.add(tokens.next().fixed_in(2, 0..=last)?);
        if tokens.skip('.') {
            let Token::Number(value, digits) = tokens.next() else { return None };
            if hour == 24 && value > 0 {
                return None;
            }
            date.time.add(milliseconds(value, digits));
        }
    }
    if tokens.peek().is_z() {
        tokens.next();
        date.zone.set(0);
    } else if let Some(sign) = tokens.peek().sign() {
        tokens.next();
        date.zone.set_sign(sign);
        read_offset(tokens, date)?;
    }
    (tokens.peek() == Token::End).then_some(())
}

fn read_offset(tokens: &mut Tokens<'_>, date: &mut Date) -> Option<()> {
    let (hour, minute) = if let Some(both) = tokens.peek().fixed(4) {
        tokens.next();
        (both / 100, both % 100)
    } else {
        let hour = tokens.next().fixed(2)?;
        if !tokens.skip(':') {
            return None;
        }
        (hour, tokens.next().fixed(2)?)
    };
    date.zone.set_hour(hour);
    date.zone.set_minute(Some(minute));
    (hour < 24 && minute < 60).then_some(())
}
