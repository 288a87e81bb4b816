"""Partners that are ready to use as virtual services: `virtual: mdt.partners.wechatpay` in a service file.

They check the application's signatures, sign their answers and notifications with keys made from the service's name, and
follow the real retry plans on the session's clock. Nothing of it is a real key, account or payment.
"""
