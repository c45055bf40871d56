//! The sheet on which a rule writes what one side of a change costs.

use super::assumptions::{self, Assumptions};
use super::book::{PriceBook, Term, Unit};
use super::change::{Change, Plan};
use super::money::{self, Cost};
use super::view::View;
use k8s_openapi::jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

/// Why something has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The book has no rule and no row for this type of resource.
    UnknownType,
    /// The book does not list it in that region.
    UnknownSku,
    /// The book does not list the region, or the plan names none.
    UnknownRegion,
    /// The plan does not know a value yet.
    UnknownValue,
    /// An option that changes the price in a way the book cannot tell.
    UnsupportedOption,
}

impl Reason {
    /// As it is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownType => "unknown-type",
            Self::UnknownSku => "unknown-sku",
            Self::UnknownRegion => "unknown-region",
            Self::UnknownValue => "unknown-value",
            Self::UnsupportedOption => "unsupported-option",
        }
    }
}

/// A part that could not be priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) reason: Reason,
    /// The argument, name or option it is about.
    pub(super) detail: String,
}

impl Gap {
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    pub(super) fn option(detail: &str) -> Self {
        Self::new(Reason::UnsupportedOption, detail)
    }
}

/// Something of a resource that has no price. The total it is missing from reads "at least".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unpriced {
    /// Address of the resource.
    pub address: String,
    /// Type of the resource.
    #[serde(rename = "type")]
    pub type_: String,
    /// Why.
    pub reason: Reason,
    /// The argument, name or option it is about.
    pub detail: String,
}

/// How exact a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Bound {
    /// The line is the most that it can cost.
    Ceiling,
    /// It can grow to this.
    UpTo {
        /// The most that it can cost.
        #[serde(flatten)]
        cost: Cost,
    },
}

/// One line of an estimate. The prices are those of `as_of`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Address of the resource.
    pub address: String,
    /// Type of the resource.
    #[serde(rename = "type")]
    pub type_: String,
    /// Service of the book that sells it.
    pub service: &'static str,
    /// Name in the book.
    pub sku: String,
    /// Term in the book.
    pub term: Term,
    /// Region of the price.
    pub region: String,
    /// So many units.
    #[serde(serialize_with = "money::as_text")]
    pub quantity: Decimal,
    /// What one is.
    pub unit: Unit,
    /// Price of one, all digits.
    #[serde(serialize_with = "money::as_text")]
    pub price: Decimal,
    /// What they cost together.
    #[serde(flatten)]
    pub cost: Cost,
    /// What the quantity rests on, if no plan tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumption: Option<String>,
    /// How exact it is; exact without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// Date of the price.
    pub as_of: Date,
}

impl Line {
    /// The most that the line can cost.
    pub fn upper(&self) -> Cost {
        match self.bound {
            Some(Bound::UpTo { cost }) => cost,
            Some(Bound::Ceiling) | None => self.cost,
        }
    }
}

/// What is to be bought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    service: &'static str,
    sku: &'a str,
    term: Term,
    quantity: Decimal,
    most: Option<Decimal>,
    ceiling: bool,
    assumption: Option<&'static str>,
}

impl<'a> Item<'a> {
    pub(super) const fn new(service: &'static str, sku: &'a str) -> Self {
        Self {
            service,
            sku,
            term: Term::OnDemand,
            quantity: Decimal::ONE,
            most: None,
            ceiling: false,
            assumption: None,
        }
    }

    pub(super) const fn times(mut self, quantity: Decimal) -> Self {
        self.quantity = quantity;
        self
    }

    pub(super) const fn term(mut self, term: Term) -> Self {
        self.term = term;
        self
    }

    /// The quantity can grow to this.
    pub(super) const fn up_to(mut self, most: Decimal) -> Self {
        self.most = Some(most);
        self
    }

    /// The price is the most that can be asked.
    pub(super) const fn ceiling(mut self, is: bool) -> Self {
        self.ceiling = is;
        self
    }

    /// The quantity is that of an assumption, times what it was.
    pub(super) const fn assumed(mut self, name: &'static str) -> Self {
        self.assumption = Some(name);
        self
    }
}

/// One side of a change while a rule prices it.
pub(super) struct Sheet<'a> {
    pub(super) book: &'a PriceBook,
    pub(super) plan: &'a Plan<'a>,
    pub(super) change: &'a Change<'a>,
    pub(super) side: Which,
    assumptions: &'a Assumptions,
    /// All quantities count so many times: standby copies, nodes.
    copies: Decimal,
    pub(super) lines: Vec<Line>,
    pub(super) unpriced: Vec<Unpriced>,
}

/// The sides of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Before,
    After,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(
        book: &'a PriceBook,
        assumptions: &'a Assumptions,
        plan: &'a Plan<'a>,
        change: &'a Change<'a>,
        side: Which,
    ) -> Self {
        let (lines, unpriced) = (Vec::new(), Vec::new());
        Self { book, plan, change, side, assumptions, copies: Decimal::ONE, lines, unpriced }
    }

    /// The resource's values on this side.
    pub(super) fn values(&self) -> View<'a> {
        self.change.view(self.side)
    }

    /// All that follows counts so many times.
    pub(super) fn set_copies(&mut self, copies: Decimal) {
        self.copies = copies;
    }

    /// Writes a line; a gap when the book does not list it.
    pub(super) fn buy(&mut self, region: &str, item: Item) -> Result<(), Gap> {
        let cloud = self.change.cloud;
        let Some(row) = self.book.price(cloud, region, item.service, item.sku, item.term) else {
            return Err(if self.book.knows_region(cloud, region) {
                Gap::new(Reason::UnknownSku, format!("{} in {region}", item.sku))
            } else {
                Gap::new(Reason::UnknownRegion, region)
            });
        };
        let assumed = item.assumption.map(|name| (name, self.assumptions.get(name)));
        let times =
            |quantity: Decimal| quantity * assumed.map_or(Decimal::ONE, |(_, value)| value) * self.copies;
        let quantity = times(item.quantity);
        let most = item.most.map(times).filter(|most| *most > quantity);
        let bound = match (most, item.ceiling) {
            (Some(most), _) => Some(Bound::UpTo { cost: row.cost().times(most) }),
            (None, true) => Some(Bound::Ceiling),
            (None, false) => None,
        };
        self.lines.push(Line {
            address: self.change.address.to_owned(),
            type_: self.change.type_.to_owned(),
            service: item.service,
            sku: item.sku.to_owned(),
            term: item.term,
            region: region.to_owned(),
            quantity,
            unit: row.unit,
            price: row.price,
            cost: row.cost().times(quantity),
            assumption: assumed.map(|(name, value)| assumptions::words(name, value)),
            bound,
            as_of: row.as_of,
        });
        Ok(())
    }

    /// Writes a part that has no price; the same gap only once.
    pub(super) fn gap(&mut self, gap: Gap) {
        let unpriced = Unpriced {
            address: self.change.address.to_owned(),
            type_: self.change.type_.to_owned(),
            reason: gap.reason,
            detail: gap.detail,
        };
        if !self.unpriced.contains(&unpriced) {
            self.unpriced.push(unpriced);
        }
    }

    /// Writes the gap of a part, if it has one.
    pub(super) fn part(&mut self, done: Result<(), Gap>) {
        if let Err(gap) = done {
            self.gap(gap);
        }
    }
}
