"""What is sold: products, prices, quotes and orders."""

from __future__ import annotations

from saleslab.tables.columns import Kind, Label, Table, column

PRODUCTS = Table(
    "products",
    Label("Product", "商品"),
    Label("one product or service", "商品またはサービス1つ"),
    key=("product_id",),
    columns=(
        column("product_id", Kind.ID, "Product ID", "商品ID", required=True),
        column("code", Kind.TEXT, "Code", "商品コード"),
        column("name", Kind.TEXT, "Name", "商品名", required=True),
        column("family", Kind.TEXT, "Family", "商品群"),
        column("is_active", Kind.BOOL, "Active", "有効"),
    ),
)

PRICES = Table(
    "prices",
    Label("Price", "価格"),
    Label("one price of a product for a time", "商品の一定期間の価格1つ"),
    key=("product_id", "currency", "valid_from"),
    columns=(
        column("product_id", Kind.ID, "Product", "商品", required=True, refers_to="products.product_id"),
        column("currency", Kind.TEXT, "Currency", "通貨", required=True),
        column("unit_price", Kind.MONEY, "Unit price", "単価", required=True, minimum=0),
        column("floor_price", Kind.MONEY, "Floor price", "下限価格", minimum=0),
        column("unit_cost", Kind.MONEY, "Unit cost", "原価", minimum=0),
        column("valid_from", Kind.DATE, "Valid from", "適用開始日", required=True),
        column("valid_to", Kind.DATE, "Valid to", "適用終了日"),
    ),
)

OPPORTUNITY_LINES = Table(
    "opportunity_lines",
    Label("Opportunity line", "商談明細"),
    Label("one product in a deal", "商談に含まれる商品1つ"),
    key=("line_id",),
    columns=(
        column("line_id", Kind.ID, "Line ID", "明細ID", required=True),
        column(
            "opportunity_id", Kind.ID, "Opportunity", "商談", required=True, refers_to="opportunities.opportunity_id"
        ),
        column("product_id", Kind.ID, "Product", "商品", refers_to="products.product_id"),
        column("quantity", Kind.NUMBER, "Quantity", "数量"),
        column("unit_price", Kind.MONEY, "Unit price", "単価"),
        column("discount_rate", Kind.RATE, "Discount", "値引率"),
        column("total", Kind.MONEY, "Total", "合計"),
    ),
)

QUOTES = Table(
    "quotes",
    Label("Quote", "見積"),
    Label("one version of a quote", "見積書の1版"),
    key=("quote_id",),
    columns=(
        column("quote_id", Kind.ID, "Quote ID", "見積ID", required=True),
        column("opportunity_id", Kind.ID, "Opportunity", "商談", refers_to="opportunities.opportunity_id"),
        column("version", Kind.INTEGER, "Version", "版", minimum=1),
        column("status", Kind.TEXT, "Status", "状況"),
        column("valid_until", Kind.DATE, "Valid until", "有効期限"),
        column("subtotal", Kind.MONEY, "Subtotal", "小計"),
        column("tax", Kind.MONEY, "Tax", "消費税"),
        column("total", Kind.MONEY, "Total", "合計"),
        column("discount_rate", Kind.RATE, "Discount", "値引率"),
        column("approved_by", Kind.ID, "Approved by", "承認者", refers_to="users.user_id"),
    ),
)

QUOTE_LINES = Table(
    "quote_lines",
    Label("Quote line", "見積明細"),
    Label("one line of a quote", "見積書の1行"),
    key=("line_id",),
    columns=(
        column("line_id", Kind.ID, "Line ID", "明細ID", required=True),
        column("quote_id", Kind.ID, "Quote", "見積", required=True, refers_to="quotes.quote_id"),
        column("product_id", Kind.ID, "Product", "商品", refers_to="products.product_id"),
        column("quantity", Kind.NUMBER, "Quantity", "数量"),
        column("unit_price", Kind.MONEY, "Unit price", "単価"),
        column("discount_rate", Kind.RATE, "Discount", "値引率"),
        column("total", Kind.MONEY, "Total", "合計"),
    ),
)

ORDERS = Table(
    "orders",
    Label("Order", "受注"),
    Label("one order", "受注1件"),
    key=("order_id",),
    columns=(
        column("order_id", Kind.ID, "Order ID", "受注ID", required=True),
        column("account_id", Kind.ID, "Account", "取引先", refers_to="accounts.account_id"),
        column("opportunity_id", Kind.ID, "Opportunity", "商談", refers_to="opportunities.opportunity_id"),
        column("quote_id", Kind.ID, "Quote", "見積", refers_to="quotes.quote_id"),
        column("owner_id", Kind.ID, "Owner", "担当者", refers_to="users.user_id"),
        column("ordered_at", Kind.TIMESTAMP, "Ordered at", "受注日時", required=True),
        column("status", Kind.TEXT, "Status", "状況"),
        column("total", Kind.MONEY, "Total", "合計", required=True),
        column("margin", Kind.MONEY, "Margin", "粗利"),
        column("currency", Kind.TEXT, "Currency", "通貨"),
    ),
)

ORDER_LINES = Table(
    "order_lines",
    Label("Order line", "受注明細"),
    Label("one line of an order", "受注の1行"),
    key=("line_id",),
    columns=(
        column("line_id", Kind.ID, "Line ID", "明細ID", required=True),
        column("order_id", Kind.ID, "Order", "受注", required=True, refers_to="orders.order_id"),
        column("product_id", Kind.ID, "Product", "商品", refers_to="products.product_id"),
        column("quantity", Kind.NUMBER, "Quantity", "数量"),
        column("unit_price", Kind.MONEY, "Unit price", "単価"),
        column("total", Kind.MONEY, "Total", "合計"),
        column("term_start", Kind.DATE, "Term start", "契約開始日"),
        column("term_end", Kind.DATE, "Term end", "契約終了日"),
    ),
)

FX_RATES = Table(
    "fx_rates",
    Label("Exchange rate", "為替レート"),
    Label("one currency's rate on one day", "1通貨の1日のレート"),
    key=("currency", "date"),
    columns=(
        column("currency", Kind.TEXT, "Currency", "通貨", required=True),
        column("date", Kind.DATE, "Date", "日付", required=True),
        column("rate_to_base", Kind.NUMBER, "Rate to base", "基準通貨レート", required=True, minimum=0),
    ),
    keeps_custom=False,
)
