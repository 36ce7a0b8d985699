"""What a tier with stations below it adds to the others (A3, M4)."""

from node.supervision.admission import CAPABILITY as ADMISSION
from node.supervision.approval import CAPABILITY as APPROVAL
from node.supervision.membership import CAPABILITY as MEMBERSHIP

CAPABILITIES = (ADMISSION, MEMBERSHIP, APPROVAL)
