"""Complaints by telephone, USSD and SMS, answered by the date a service charter promises."""
