"""What exports call the columns of the contract."""

from __future__ import annotations

from collections.abc import Mapping

# In lower case, letters and digits only. A name may stand for several columns: what its values are decides.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "account_id": ("account", "accountid", "customer", "customerid", "company", "companyid", "org", "orgid",
                   "organization", "organizationid", "tenant", "tenantid", "workspaceid", "client", "clientid",
                   "kunde", "kundennummer", "group", "groupid"),
    "created_at": ("created", "createdon", "createddate", "signup", "signupdate", "customersince", "since"),
    "timestamp": ("time", "ts", "when", "date", "datetime", "eventtime", "eventtimestamp", "occurredat", "sentat",
                  "createdat", "originaltimestamp", "openedat", "start", "datum", "zeit", "zeitpunkt"),
    "event": ("eventname", "eventtype", "action", "activity", "feature", "name", "type", "ereignis"),
    "user_id": ("user", "userid", "username", "useremail", "actor", "actorid", "member", "memberid", "login", "email",
                "benutzer", "nutzer"),
    "asset_id": ("asset", "device", "deviceid", "machine", "machineid", "serial", "serialnumber", "maschine"),
    "product": ("productname", "sku", "plan", "item", "produkt"),
    "quantity": ("qty", "amount", "count", "units", "seats", "licenses", "value", "menge", "anzahl"),
    "event_id": ("id", "eventuuid", "messageid", "uuid", "insertid"),
    "contract_id": ("contract", "contractnumber", "subscription", "subscriptionid", "order", "orderid", "vertrag"),
    "starts_on": ("start", "startdate", "startson", "from", "begin", "validfrom", "effectivedate", "beginn"),
    "ends_on": ("end", "enddate", "endson", "to", "until", "validto", "renewaldate", "expirydate", "expires", "ende"),
    "arr": ("annualvalue", "acv", "yearlyvalue", "annualrecurringrevenue", "annualamount", "jahreswert"),
    "interaction_id": ("id", "ticket", "ticketid", "caseid", "casenumber", "activityid", "callid"),
    "channel": ("type", "kind", "source", "medium", "kanal"),
    "topic": ("subject", "title", "category", "betreff", "thema"),
    "closed_at": ("closed", "closedon", "resolvedat", "resolved", "paidat", "solvedat"),
    "severity": ("priority", "prio", "urgency"),
    "text": ("description", "body", "comment", "comments", "notes", "message"),
    "occurred_on": ("date", "occurredat", "effectivedate", "churndate", "datum"),
    "arr_delta": ("delta", "change", "arrchange"),
    "contact_id": ("id", "contact", "person", "personid"),
    "email": ("mail", "emailaddress", "workemail"),
    "phone": ("telephone", "mobile", "phonenumber", "telefon"),
    "owner": ("csm", "owneremail", "accountowner", "accountmanager", "rep", "betreuer"),
    "name": ("accountname", "companyname", "customername", "fullname", "displayname", "firma"),
    "segment": ("customersegment", "accountsegment"),
    "region": ("country", "territory", "geo", "land"),
    "industry": ("sector", "vertical", "branche"),
}  # fmt: skip
