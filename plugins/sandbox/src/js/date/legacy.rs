//! The lenient reading: numbers and known words in almost any order, comments in parentheses, unknown words
//! only before the first number.

use super::{
    Date,
    tokens::{Token, Tokens, Word, milliseconds},
};

/// Reads on from a token; `None` where this is no date.
pub(super) fn read(first: Token, tokens: &mut Tokens<'_>, date: &mut Date) -> Option<()> {
    let mut seen_number = !date.day.is_empty();
    let mut token = first;
    while token != Token::End {
        match token {
            Token::Number(number, _) => {
                seen_number = true;
                read_number(number, tokens, date)?;
            }
            Token::Word(word, _) => read_word(word, seen_number, tokens, date)?,
            Token::Symbol('+' | '-') if date.zone.is_utc() || !date.time.is_empty() => {
                seen_number = true;
                date.zone.set_sign(token.sign().unwrap_or(1));
                read_offset(tokens, date)?;
            }
            Token::Symbol('+' | '-' | ')') if seen_number => return None,
            _ => {}
        }
        token = tokens.next();
    }
    Some(())
}

fn read_number(number: i64, tokens: &mut Tokens<'_>, date: &mut Date) -> Option<()> {
    if tokens.skip(':') {
        if tokens.skip(':') {
            // `5::` is an hour without minutes.
            if !date.time.is_empty() {
                return None;
            }
            date.time.add(number);
            date.time.add(0);
        } else {
            if !date.time.add(number) {
                return None;
            }
            tokens.skip('.');
        }
    } else if tokens.skip('.') && date.time.expects(number) {
        date.time.add(number);
        let Token::Number(value, digits) = tokens.next() else { return None };
        date.time.finish(milliseconds(value, digits));
    } else if date.zone.expects(number) {
        date.zone.set_minute(Some(number));
    } else if date.time.expects(number) {
        date.time.finish(number);
        let next = tokens.peek();
        if !(matches!(next, Token::End | Token::Space) || next.is_z() || next.sign().is_some()) {
            return None;
        }
    } else {
        if !date.day.add(number) {
            return None;
        }
        tokens.skip('-');
    }
    Some(())
}

fn read_word(word: Word, seen_number: bool, tokens: &mut Tokens<'_>, date: &mut Date) -> Option<()> {
    match word {
        Word::HalfDay(offset) if !date.time.is_empty() => date.time.set_half(offset),
        Word::Month(month) => {
            date.day.name_month(month);
            tokens.skip('-');
        }
        Word::Zone(hours) if seen_number => date.zone.set(hours),
        // A word that means nothing may stand before the first number, and not touch it.
        _ if seen_number || matches!(tokens.peek(), Token::Number(..)) => return None,
        _ => {}
    }
    Some(())
}

fn read_offset(tokens: &mut Tokens<'_>, date: &mut Date) -> Option<()> {
    // The number may be missing.
    let (number, digits) = match tokens.peek() {
        Token::Number(number, digits) => {
            tokens.next();
            (number, digits)
        }
        _ => (0, 0),
    };
    if tokens.peek() == Token::Symbol(':') {
        date.zone.set_hour(number);
        date.zone.set_minute(None);
        return Some(());
    }
    match digits {
        1 | 2 => {
            date.zone.set_hour(number);
            date.zone.set_minute(Some(0));
        }
        3 | 4 => {
            date.zone.set_hour(number / 100);
            date.zone.set_minute(Some(number % 100));
        }
        _ => return None,
    }
    Some(())
}
